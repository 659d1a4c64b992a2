// SPDX-License-Identifier: Apache-2.0
//
// What programs do with viem over HTTP, flow by flow, on contracts of either machine.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  ContractFunctionExecutionError, createPublicClient, createWalletClient, getAddress, http, parseAbiItem, parseEther,
  verifyMessage, verifyTypedData, zeroAddress,
} from 'viem';

import { MACHINES, abiOf, codeOf } from './lib/contracts.js';
import { Node, until } from './lib/node.js';
import { chainOf, clientsOf } from './lib/viem.js';

let node, account, reader, writer;

before(async () => {
  node = await Node.start();
  ({ account, reader, writer } = clientsOf(node));
});
after(() => node.end());

async function deploy(name, machine, args = []) {
  const hash = await writer.deployContract({ abi: abiOf(name), bytecode: codeOf(name, machine), args });
  const { contractAddress, status } = await reader.waitForTransactionReceipt({ hash });
  assert.equal(status, 'success');
  return { address: contractAddress, abi: abiOf(name) };
}

async function write(contract, functionName, args = []) {
  const hash = await writer.writeContract({ ...contract, functionName, args });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, 'success');
  return receipt;
}

test('reads', async () => {
  assert.equal(await reader.getChainId(), 31337);
  assert.equal(await reader.getBlockNumber(), 0n);
  assert.equal(await reader.getBalance({ address: account.address }), parseEther('10000'));
  const block = await reader.getBlock();
  assert.equal(block.gasLimit, 30_000_000n);
  assert.ok((await reader.getGasPrice()) >= block.baseFeePerGas);
  const fees = await reader.estimateFeesPerGas();
  assert.ok(fees.maxFeePerGas > block.baseFeePerGas);
  assert.ok((await reader.estimateMaxPriorityFeePerGas()) > 0n);
  const history = await reader.getFeeHistory({ blockCount: 4, rewardPercentiles: [25, 75] });
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
  assert.equal(history.baseFeePerGas[0], block.baseFeePerGas);
  assert.equal(await reader.getBlobBaseFee(), 1n);
  assert.equal(await reader.getCode({ address: account.address }), undefined);
});

for (const machine of MACHINES) {
  test(`${machine}: deployContract and wait`, async () => {
    const { address } = await deploy('Token', machine, ['Token', 'TOK', 1000n]);
    assert.ok((await reader.getCode({ address })).length > 100);
  });

  test(`${machine}: readContract, simulateContract, writeContract, wait`, async () => {
    const counter = await deploy('Counter', machine);
    assert.equal(await reader.readContract({ ...counter, functionName: 'number' }), 0n);
    const { request, result } = await reader.simulateContract({ ...counter, functionName: 'increment', account });
    assert.equal(result, 1n);
    const hash = await writer.writeContract(request);
    const receipt = await reader.waitForTransactionReceipt({ hash });
    assert.equal(receipt.status, 'success');
    assert.equal(receipt.logs.length, 1);
    assert.equal(await reader.readContract({ ...counter, functionName: 'number' }), 1n);
    assert.equal((await reader.getTransaction({ hash })).gas >= receipt.gasUsed, true);
    assert.equal(await reader.getTransactionConfirmations({ hash }), 1n);
  });

  test(`${machine}: getContractEvents and getLogs`, async () => {
    const token = await deploy('Token', machine, ['Token', 'TOK', 1000n]);
    const to = getAddress(`0x${'11'.repeat(20)}`);
    for (const value of [1n, 2n]) await write(token, 'transfer', [to, value]);
    const events = await reader.getContractEvents({ ...token, eventName: 'Transfer', args: { to }, fromBlock: 0n });
    assert.deepEqual(events.map((e) => e.args.value), [1n, 2n]);
    const event = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)');
    const block = await reader.getBlock();
    const logs = await reader.getLogs({ address: token.address, event, blockHash: block.hash });
    assert.deepEqual(logs.map((e) => e.args.value), [2n]);
  });

  test(`${machine}: a custom error is decoded`, async () => {
    const token = await deploy('Token', machine, ['Token', 'TOK', 1000n]);
    const transfer = { ...token, functionName: 'transfer', args: [zeroAddress, 1n], account };
    await assert.rejects(reader.simulateContract(transfer), (error) => {
      assert.ok(error instanceof ContractFunctionExecutionError);
      assert.equal(error.cause.data.errorName, 'ZeroAddress');
      return true;
    });
    await assert.rejects(writer.writeContract(transfer));
    const failures = await deploy('Failures', machine);
    const call = { ...failures, functionName: 'withReason' };
    await assert.rejects(reader.readContract(call), (error) => error.cause.reason === 'plain reason');
  });

  test(`${machine}: watchEvent, watchContractEvent and watchBlocks poll`, async () => {
    const counter = await deploy('Counter', machine);
    const seen = { events: [], logs: [], blocks: [] };
    const stop = [
      reader.watchContractEvent({ ...counter, eventName: 'Changed', onLogs: (l) => seen.events.push(...l) }),
      reader.watchEvent({ address: counter.address, onLogs: (l) => seen.logs.push(...l) }),
      reader.watchBlocks({ onBlock: (b) => seen.blocks.push(b.number) }),
    ];
    await new Promise((resolve) => setTimeout(resolve, 250)); // the filters are installed behind our back
    const { blockNumber } = await write(counter, 'set', [7n]);
    await until(() => seen.events.length && seen.logs.length && seen.blocks.includes(blockNumber));
    stop.forEach((end) => end());
    assert.deepEqual(seen.events.map((e) => e.args.current), [7n]);
    assert.equal(seen.logs.length, 1);
  });
}

test('watchPendingTransactions polls', async () => {
  const seen = [];
  const stop = reader.watchPendingTransactions({ onTransactions: (hashes) => seen.push(...hashes) });
  await new Promise((resolve) => setTimeout(resolve, 250));
  const hash = await writer.sendTransaction({ to: zeroAddress, value: 1n });
  await until(() => seen.includes(hash));
  stop();
});

test('multicall where no multicall3 is deployed fails call by call', async () => {
  const counter = await deploy('Counter', 'pvm');
  const call = { ...counter, functionName: 'number' };
  const multicallAddress = '0xcA11bde05977b3631167028862bE2a173976CA11';
  const results = await reader.multicall({ contracts: [call, call], multicallAddress });
  assert.deepEqual(results.map(({ status }) => status), ['failure', 'failure']);
});

test('an account of the node', async () => {
  const client = createWalletClient({ chain: chainOf(node), transport: http(node.url, { retryCount: 0 }) });
  const addresses = await client.getAddresses();
  assert.deepEqual(addresses, node.accounts.map((a) => getAddress(a.address)));
  const hash = await client.sendTransaction({ account: addresses[3], to: addresses[4], value: 5n });
  assert.equal((await reader.waitForTransactionReceipt({ hash })).status, 'success');
  assert.equal(await reader.getBalance({ address: addresses[4] }), parseEther('10000') + 5n);
  const message = 'signed by the node';
  const signature = await client.signMessage({ account: addresses[3], message });
  assert.ok(await verifyMessage({ address: addresses[3], message, signature }));
  const typed = {
    domain: { name: 'T', chainId: 31337 },
    types: { Note: [{ name: 'text', type: 'string' }, { name: 'at', type: 'uint64' }] },
    primaryType: 'Note',
    message: { text: 'x', at: 3n },
  };
  const typedSignature = await client.signTypedData({ account: addresses[3], ...typed });
  assert.ok(await verifyTypedData({ address: addresses[3], ...typed, signature: typedSignature }));
});

test('batch transport', async () => {
  const client = createPublicClient({ chain: chainOf(node), transport: http(node.url, { batch: true, retryCount: 0 }) });
  const [number, balance, price] = await Promise.all([
    client.getBlockNumber({ cacheTime: 0 }),
    client.getBalance({ address: zeroAddress }),
    client.getGasPrice(),
  ]);
  assert.ok(number > 0n && price > 0n && balance >= 0n);
});
