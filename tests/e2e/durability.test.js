// SPDX-License-Identifier: Apache-2.0
//
// --datadir: what was acknowledged is there after SIGTERM and after kill -9, and nothing else is
// different; a start against the wrong folder is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MACHINES, codeOf, deployedOf, interfaceOf } from './lib/contracts.js';
import { Node, until, withFolder } from './lib/node.js';

const ROUNDS = 6;
const abi = interfaceOf('Counter');
const increment = abi.encodeFunctionData('increment');
const number = abi.encodeFunctionData('number');

/** All of the chain that a client can see and that must survive. */
async function picture(node, addresses) {
  const head = Number(await node.rpc('eth_blockNumber'));
  const picture = { head, blocks: [], receipts: [], accounts: {} };
  for (let n = 0; n <= head; n++) {
    const tag = `0x${n.toString(16)}`;
    picture.blocks.push(await node.rpc('eth_getBlockByNumber', tag, true));
    picture.receipts.push(await node.rpc('eth_getBlockReceipts', tag));
  }
  for (const address of addresses)
    picture.accounts[address] = {
      balance: await node.rpc('eth_getBalance', address, 'latest'),
      nonce: await node.rpc('eth_getTransactionCount', address, 'latest'),
      code: await node.rpc('eth_getCode', address, 'latest'),
      slot: await node.rpc('eth_getStorageAt', address, '0x0', 'latest'),
    };
  picture.logs = await node.rpc('eth_getLogs', { fromBlock: '0x0' });
  return picture;
}

const send = async (node, tx) => {
  const hash = await node.rpc('eth_sendTransaction', { from: node.accounts[0].address, gas: '0xf42400', ...tx });
  return node.rpc('eth_getTransactionReceipt', hash);
};
const numberOf = async (node, to) => Number(await node.rpc('eth_call', { to, data: number }, 'latest'));

for (const signal of ['SIGTERM', 'SIGKILL'])
  test(`${ROUNDS} rounds of work and ${signal} on an idle node keep everything`, { timeout: 60_000 }, () =>
    withFolder(async (datadir) => {
      let node = await Node.start('--datadir', datadir);
      const watched = [node.accounts[0].address, '0x0000000000000000000000000000000000000910'];
      const counters = [];
      for (const machine of MACHINES)
        counters.push((await send(node, { data: codeOf('Counter', machine) })).contractAddress);
      watched.push(...counters);
      for (let round = 1; round <= ROUNDS; round++) {
        for (const to of counters) await send(node, { to, data: increment });
        await node.rpc('anvil_setBalance', counters[0], `0x${round.toString(16)}`);
        const before = await picture(node, watched);
        const end = await node.end(signal);
        if (signal === 'SIGTERM') assert.equal(end.code, 0, end.stderr);
        node = await Node.start('--datadir', datadir);
        assert.deepEqual(await picture(node, watched), before);
        for (const to of counters) assert.equal(await numberOf(node, to), round);
        assert.equal(await node.rpc('eth_getBalance', counters[0], 'latest'), `0x${round.toString(16)}`);
      }
      const blocks = (await picture(node, [])).blocks;
      blocks.slice(1).forEach((block, i) => {
        assert.equal(block.parentHash, blocks[i].hash);
        assert.ok(BigInt(block.timestamp) > BigInt(blocks[i].timestamp));
      });
      await node.end();
    }));

test(`${ROUNDS} kills in the middle of work lose nothing that was acknowledged`, { timeout: 60_000 }, () =>
  withFolder(async (datadir) => {
    let acknowledged = 0;
    let counter;
    for (let round = 0; round <= ROUNDS; round++) {
      const node = await Node.start('--datadir', datadir);
      counter ??= (await send(node, { data: codeOf('Counter', 'pvm') })).contractAddress;
      const head = Number(await node.rpc('eth_blockNumber'));
      const count = await numberOf(node, counter);
      // One transaction was in flight at the kill; it is there as a whole or not at all.
      assert.ok(count === acknowledged || count === acknowledged + 1, `${count} of ${acknowledged}`);
      assert.equal(head, 1 + count, 'a block a transaction');
      assert.equal(Number(await node.rpc('eth_getTransactionCount', node.accounts[0].address, 'latest')), 1 + count);
      acknowledged = count;
      let sending = true;
      const work = (async () => {
        while (sending) {
          const receipt = await send(node, { to: counter, data: increment });
          assert.equal(receipt.status, '0x1');
          acknowledged++;
        }
      })().catch((error) => {
        if (error.code === 'ERR_ASSERTION') throw error; // else: the node is dead, as wished
      });
      await until(() => acknowledged >= count + 3);
      await new Promise((resolve) => setTimeout(resolve, round * 7));
      await node.end('SIGKILL');
      sending = false;
      await work;
    }
    assert.ok(acknowledged >= 3 * ROUNDS);
  }));

test('a folder of another chain is refused, and left as it was', () =>
  withFolder(async (datadir) => {
    const first = await Node.start('--datadir', datadir);
    const { contractAddress } = await send(first, { data: codeOf('Counter', 'pvm') });
    await first.end();
    await assert.rejects(Node.start('--datadir', datadir, '--chain-id', '5'), /--datadir|genesis/);
    const again = await Node.start('--datadir', datadir);
    assert.equal(await again.rpc('eth_getCode', contractAddress, 'latest'), deployedOf('Counter', 'pvm'));
    await again.end();
  }));

test('a folder in use is refused', () =>
  withFolder(async (datadir) => {
    const first = await Node.start('--datadir', datadir);
    await assert.rejects(Node.start('--datadir', datadir), /in use|another process|lock/i);
    assert.equal(await first.rpc('eth_blockNumber'), '0x0');
    await first.end();
  }));
