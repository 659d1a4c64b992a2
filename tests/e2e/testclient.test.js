// SPDX-License-Identifier: Apache-2.0
//
// The controls of a development chain as viem's test client uses them (mode anvil), and the same
// under their hardhat_ names.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createTestClient, encodeFunctionData, http, padHex, parseEther, publicActions, toHex, walletActions } from 'viem';

import { MACHINES, abiOf, codeOf, deployedOf } from './lib/contracts.js';
import { withNode } from './lib/node.js';
import { chainOf, clientsOf } from './lib/viem.js';

const somebody = `0x${'5b'.repeat(20)}`;

/** A fresh node and a client of `mode` with the reading and sending verbs too. */
const withClient = (mode, body, flags = []) =>
  withNode(flags, (node) => {
    const transport = http(node.url, { retryCount: 0 });
    const client = createTestClient({ mode, chain: chainOf(node), transport, cacheTime: 0, pollingInterval: 20 })
      .extend(publicActions)
      .extend(walletActions);
    return body(client, node);
  });

for (const mode of ['anvil', 'hardhat'])
  test(`${mode}: balance, nonce, code and storage are set`, () =>
    withClient(mode, async (client) => {
      await client.setBalance({ address: somebody, value: parseEther('3') });
      assert.equal(await client.getBalance({ address: somebody }), parseEther('3'));
      await client.setNonce({ address: somebody, nonce: 42 });
      assert.equal(await client.getTransactionCount({ address: somebody }), 42);
      await client.setStorageAt({ address: somebody, index: 0, value: padHex('0x2a', { size: 32 }) });
      assert.equal(await client.getStorageAt({ address: somebody, slot: '0x0' }), padHex('0x2a', { size: 32 }));
      await client.setCode({ address: somebody, bytecode: deployedOf('Counter', 'evm') });
      const counter = { address: somebody, abi: abiOf('Counter') };
      assert.equal(await client.readContract({ ...counter, functionName: 'number' }), 42n);
      await client.setBalance({ address: somebody, value: 0n });
      assert.equal(await client.getBalance({ address: somebody }), 0n);
    }));

test('code set by hand may be of either machine, over one storage', () =>
  withClient('anvil', async (client) => {
    const counter = { address: somebody, abi: abiOf('Counter') };
    const [account] = await client.getAddresses();
    for (const [i, machine] of ['evm', 'pvm', 'evm'].entries()) {
      await client.setCode({ address: somebody, bytecode: deployedOf('Counter', machine) });
      assert.equal(await client.readContract({ ...counter, functionName: 'number' }), BigInt(i));
      await client.writeContract({ ...counter, functionName: 'increment', account });
    }
    assert.equal(await client.readContract({ ...counter, functionName: 'number' }), 3n);
  }));

for (const machine of MACHINES)
  test(`${machine}: snapshot and revert, nested`, () =>
    withClient('anvil', async (client, node) => {
      const { account, reader, writer } = clientsOf(node);
      const abi = abiOf('Counter');
      const hash = await writer.deployContract({ abi, bytecode: codeOf('Counter', machine) });
      const { contractAddress: address } = await reader.waitForTransactionReceipt({ hash });
      const number = () => reader.readContract({ address, abi, functionName: 'number' });
      const set = (value) => writer.writeContract({ address, abi, functionName: 'set', args: [value] });

      const outer = await client.snapshot();
      const setHash = await set(1n);
      const inner = await client.snapshot();
      await set(2n);
      await client.setBalance({ address: somebody, value: 9n });
      assert.equal(await number(), 2n);
      await client.revert({ id: inner });
      assert.equal(await number(), 1n);
      assert.equal(await client.getBalance({ address: somebody }), 0n);
      assert.equal(await client.getBlockNumber(), 2n);
      await client.revert({ id: outer });
      assert.equal(await number(), 0n);
      assert.equal(await client.getBlockNumber(), 1n);
      assert.equal(await client.getTransactionCount({ address: account.address }), 1);
      assert.equal(await node.rpc('eth_getTransactionReceipt', setHash), null);
      // Spent snapshots are gone, and the chain goes on.
      assert.equal(await node.rpc('evm_revert', inner), false);
      assert.equal(await node.rpc('evm_revert', outer), false);
      await set(5n);
      assert.equal(await number(), 5n);
    }));

test('mine: blocks, and seconds between them', () =>
  withClient('anvil', async (client) => {
    await client.mine({ blocks: 3 });
    assert.equal(await client.getBlockNumber(), 3n);
    await client.mine({ blocks: 4, interval: 60 });
    const [a, b] = await Promise.all([6n, 7n].map((blockNumber) => client.getBlock({ blockNumber })));
    assert.equal(b.timestamp - a.timestamp, 60n);
    assert.equal(b.parentHash, a.hash);
  }));

test('increaseTime moves the clock', () =>
  withClient('anvil', async (client) => {
    await client.mine({ blocks: 1 }); // block 0 has the genesis' time
    const before = (await client.getBlock()).timestamp;
    await client.increaseTime({ seconds: 86_400 });
    await client.mine({ blocks: 1 });
    const after = (await client.getBlock()).timestamp;
    // Blocks of one second are numbered into the next ones, so the clock may be a little behind.
    assert.ok(after - before > 86_340n && after - before < 86_460n, `${after - before}`);
  }));

test('setNextBlockTimestamp names the next block\'s second, and time goes on from it', () =>
  withClient('anvil', async (client, node) => {
    const at = (await client.getBlock()).timestamp + 1_000_000n;
    await client.setNextBlockTimestamp({ timestamp: at });
    await client.mine({ blocks: 1 });
    assert.equal((await client.getBlock()).timestamp, at);
    await client.mine({ blocks: 1 });
    const next = (await client.getBlock()).timestamp;
    assert.ok(next > at && next < at + 60n, `${next - at}`);
    await assert.rejects(node.rpc('evm_setNextBlockTimestamp', toHex(at)), /timestamp/i);
  }));

test('an impersonated account sends without a key', () =>
  withClient('anvil', async (client) => {
    await client.setBalance({ address: somebody, value: parseEther('1') });
    const send = () => client.sendTransaction({ account: somebody, to: `0x${'77'.repeat(20)}`, value: 3n });
    await assert.rejects(send());
    await client.impersonateAccount({ address: somebody });
    const receipt = await client.waitForTransactionReceipt({ hash: await send() });
    assert.equal(receipt.from, somebody);
    assert.equal(await client.getBalance({ address: `0x${'77'.repeat(20)}` }), 3n);
    await client.stopImpersonatingAccount({ address: somebody });
    await assert.rejects(send());
  }));

test('setAutomine, the pool, dropTransaction', () =>
  withClient('anvil', async (client) => {
    const [account, other] = await client.getAddresses();
    await client.setAutomine(false);
    const send = (nonce) => client.sendTransaction({ account, to: other, value: 1n, nonce });
    const first = await send(0);
    const second = await send(1);
    const waiting = await send(7);
    assert.deepEqual(await client.getTxpoolStatus(), { pending: 2, queued: 1 });
    const { pending, queued } = await client.getTxpoolContent();
    const of = (part) => Object.values(part)[0];
    assert.equal(of(pending)[0].hash, first);
    assert.equal(of(pending)[1].hash, second);
    assert.equal(of(queued)[7].hash, waiting);
    assert.equal((await client.getTransaction({ hash: first })).blockNumber, null);
    assert.equal(await client.getTransactionCount({ address: account, blockTag: 'pending' }), 2);
    await client.dropTransaction({ hash: second });
    await client.mine({ blocks: 1 });
    assert.equal((await client.getBlock()).transactions.length, 1);
    assert.equal(await client.getTransactionCount({ address: account }), 1);
    await client.setAutomine(true);
    const hash = await client.sendTransaction({ account, to: other, value: 1n });
    assert.equal((await client.waitForTransactionReceipt({ hash })).status, 'success');
  }));

test('a block holds the transactions of many senders, and logs are counted through it', () =>
  withClient('anvil', async (client) => {
    const accounts = await client.getAddresses();
    const data = codeOf('Token', 'evm') + encodeFunctionData({
      abi: [{ type: 'function', name: 'x', inputs: [{ type: 'string' }, { type: 'string' }, { type: 'uint256' }], outputs: [] }],
      args: ['Token', 'TOK', 1000n],
    }).slice(10);
    await client.setAutomine(false);
    const hashes = [];
    for (const account of accounts) hashes.push(await client.sendTransaction({ account, data, gas: 1_000_000n }));
    await client.mine({ blocks: 1 });
    const receipts = await Promise.all(hashes.map((hash) => client.getTransactionReceipt({ hash })));
    const byIndex = receipts.sort((a, b) => a.transactionIndex - b.transactionIndex);
    let gas = 0n;
    byIndex.forEach((receipt, i) => {
      gas += receipt.gasUsed;
      assert.equal(receipt.transactionIndex, i);
      assert.equal(receipt.cumulativeGasUsed, gas);
      assert.deepEqual(receipt.logs.map((log) => log.logIndex), [i]);
    });
    assert.equal((await client.getBlock()).gasUsed, gas);
  }));
