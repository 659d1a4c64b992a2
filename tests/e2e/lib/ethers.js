// SPDX-License-Identifier: Apache-2.0
//
// ethers 6 as one of the two clients of the comparison; the same three verbs as lib/viem.js.
import { Contract, ContractFactory, JsonRpcProvider, Wallet } from 'ethers';

import { abiOf, codeOf } from './contracts.js';

/** A provider that asks each time: cached answers would reuse nonces on an instant chain. */
export function providerOf(node) {
  const provider = new JsonRpcProvider(node.url, undefined, { cacheTimeout: -1 });
  provider.pollingInterval = 50;
  return provider;
}

/** Revert data of a failed call; undefined when the node gave none. */
const revertOf = (error) =>
  error.data ?? error.info?.error?.data ?? error.error?.data ?? undefined;

export function ethersClient(node) {
  const provider = providerOf(node);
  const wallets = node.accounts.map(({ privateKey }) => new Wallet(privateKey, provider));
  const contractAt = (name, address, from) => new Contract(address, abiOf(name), wallets[from]);

  return {
    close: () => provider.destroy(),

    async deploy(name, machine, args, { gas, value = 0n } = {}) {
      const factory = new ContractFactory(abiOf(name), codeOf(name, machine), wallets[0]);
      const contract = await factory.deploy(...args, { gasLimit: gas, value });
      const receipt = await contract.deploymentTransaction().wait();
      return { ...receiptOf(receipt), address: receipt.contractAddress };
    },

    async call({ name, address, fn, args, value = 0n, from = 0 }) {
      const contract = contractAt(name, address, from);
      const data = contract.interface.encodeFunctionData(fn, args);
      try {
        const tx = { from: wallets[from].address, to: address, data, value };
        return { data, output: await provider.call(tx) };
      } catch (error) {
        return { data, revert: revertOf(error), error };
      }
    },

    async send({ name, address, fn, args, value = 0n, gas, from = 0 }) {
      const method = contractAt(name, address, from).getFunction(fn);
      const tx = await method.send(...args, { gasLimit: gas, value });
      // wait() throws for a failed transaction; the comparison wants its receipt.
      return { data: tx.data, ...receiptOf(await tx.wait().catch((error) => error.receipt)) };
    },
  };
}

const receiptOf = (receipt) => ({
  hash: receipt.hash,
  status: receipt.status,
  gasUsed: receipt.gasUsed,
  logs: receipt.logs.map(({ address, topics, data }) => ({ address, topics: [...topics], data })),
});
