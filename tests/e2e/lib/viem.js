// SPDX-License-Identifier: Apache-2.0
//
// viem as the other client of the comparison; the same three verbs as lib/ethers.js.
import { createPublicClient, createWalletClient, defineChain, encodeFunctionData, getAddress, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import { abiOf, codeOf } from './contracts.js';

export const chainOf = (node) =>
  defineChain({
    id: node.banner.chainId,
    name: 'tandem',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [node.url] } },
  });

/** Public client, wallet client of account `index`, and what both are made of. */
export function clientsOf(node, index = 0, options = {}) {
  const account = privateKeyToAccount(node.accounts[index].privateKey);
  // No retries: a test wants the first answer.
  const transport = http(node.url, { retryCount: 0, ...options });
  const common = { chain: chainOf(node), transport, pollingInterval: 50, cacheTime: 0 };
  return {
    account,
    common,
    reader: createPublicClient(common),
    writer: createWalletClient({ ...common, account }),
  };
}

/** Revert data of a failed call; undefined when the node gave none. */
export function revertOf(error) {
  const inner = error.walk?.((e) => e.data !== undefined);
  return inner?.data?.data ?? inner?.data;
}

export function viemClient(node) {
  const clients = node.accounts.map((_, i) => clientsOf(node, i));

  return {
    close() {},

    async deploy(name, machine, args, { gas, value = 0n } = {}) {
      const { reader, writer } = clients[0];
      const bytecode = codeOf(name, machine);
      const hash = await writer.deployContract({ abi: abiOf(name), bytecode, args, gas, value });
      const receipt = await reader.waitForTransactionReceipt({ hash });
      return { ...receiptOf(receipt), address: getAddress(receipt.contractAddress) };
    },

    async call({ name, address, fn, args, value = 0n, from = 0 }) {
      const { reader, account } = clients[from];
      const data = encodeFunctionData({ abi: abiOf(name), functionName: fn, args });
      try {
        const result = await reader.call({ account: account.address, to: address, data, value });
        return { data, output: result.data ?? '0x' };
      } catch (error) {
        return { data, revert: revertOf(error), error };
      }
    },

    async send({ name, address, fn, args, value = 0n, gas, from = 0 }) {
      const { reader, writer } = clients[from];
      const abi = abiOf(name);
      const hash = await writer.writeContract({ abi, address, functionName: fn, args, value, gas });
      const receipt = await reader.waitForTransactionReceipt({ hash });
      const data = encodeFunctionData({ abi, functionName: fn, args });
      return { data, ...receiptOf(receipt) };
    },
  };
}

const receiptOf = (receipt) => ({
  hash: receipt.transactionHash,
  status: receipt.status === 'success' ? 1 : 0,
  gasUsed: receipt.gasUsed,
  logs: receipt.logs.map(({ address, topics, data }) => ({
    address: getAddress(address),
    topics,
    data,
  })),
});
