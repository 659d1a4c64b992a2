// SPDX-License-Identifier: Apache-2.0
//
// Flags of `tandem dev`: accounts, genesis and state files, how blocks are made, how it ends.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { AbiCoder, HDNodeWallet, Mnemonic, getCreateAddress, keccak256, parseEther, toBeHex } from 'ethers';

import { MACHINES, REGISTRY, codeOf, deployedOf, interfaceOf } from './lib/contracts.js';
import { Node, binary, until, withFolder, withNode } from './lib/node.js';

const counter = interfaceOf('Counter');
const number = counter.encodeFunctionData('number');
const sendFrom = (node, tx) => node.rpc('eth_sendTransaction', { from: node.accounts[0].address, gas: '0xf42400', ...tx });
const receiptOf = (node, hash) => node.rpc('eth_getTransactionReceipt', hash);
const send = async (node, tx) => receiptOf(node, await sendFrom(node, tx));

/** Runs the binary to its end; gives { code, stdout, stderr }. */
const run = (...args) =>
  promisify(execFile)(binary, args).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );

// --- accounts and the chain ----------------------------------------------------------------------

test('the accounts are those of the mnemonic', () =>
  withNode([], async (node) => {
    const mnemonic = Mnemonic.fromPhrase('test test test test test test test test test test test junk');
    assert.equal(node.banner.mnemonic, mnemonic.phrase);
    assert.equal(node.accounts.length, 10);
    node.accounts.forEach(({ address, privateKey }, i) => {
      const wallet = HDNodeWallet.fromMnemonic(mnemonic, `m/44'/60'/0'/0/${i}`);
      assert.deepEqual([address, privateKey], [wallet.address.toLowerCase(), wallet.privateKey]);
    });
  }));

test('--accounts, --balance, --mnemonic, --derivation-path, --chain-id, --gas-limit, --base-fee', () => {
  const phrase = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
  const flags = [
    '--accounts', '3', '--balance', '5', '--mnemonic', phrase, '--derivation-path', "m/44'/60'/1'/0/", '--chain-id', '1337',
    '--gas-limit', '60000000', '--base-fee', '7',
  ];
  return withNode(flags, async (node) => {
    const wallet = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(phrase), "m/44'/60'/1'/0/2");
    assert.equal(node.accounts.length, 3);
    assert.equal(node.accounts[2].address, wallet.address.toLowerCase());
    assert.equal(BigInt(await node.rpc('eth_getBalance', wallet.address, 'latest')), parseEther('5'));
    assert.equal(await node.rpc('eth_chainId'), '0x539');
    const block = await node.rpc('eth_getBlockByNumber', '0x0', false);
    assert.deepEqual([block.gasLimit, block.baseFeePerGas], ['0x3938700', '0x7']);
  });
});

test('--profile ethereum: a blob is bytes like others', () =>
  withNode(['--profile', 'ethereum'], async (node) => {
    assert.equal(node.banner.machines, 'EVM');
    const evm = await send(node, { data: codeOf('Counter', 'evm') });
    assert.equal(evm.status, '0x1');
    const pvm = await send(node, { data: codeOf('Counter', 'pvm') });
    assert.equal(pvm.status, '0x0', 'as init code it starts with opcode 0x50 on an empty stack');
    await node.rpc('anvil_setCode', `0x${'5c'.repeat(20)}`, deployedOf('Counter', 'pvm'));
    await assert.rejects(node.rpc('eth_call', { to: `0x${'5c'.repeat(20)}`, data: number }));
    assert.equal(await node.rpc('eth_getCode', REGISTRY, 'latest'), '0x');
  }));

test('the deterministic deployer is there', () =>
  withNode([], async (node) => {
    const deployer = '0x4e59b44847b379578588920cA78FbF26c0B4956C';
    const salt = '00'.repeat(32);
    await send(node, { to: deployer, data: `0x${salt}${codeOf('Counter', 'evm').slice(2)}` });
    const hash = keccak256(`0xff${deployer.slice(2)}${salt}${keccak256(codeOf('Counter', 'evm')).slice(2)}`);
    assert.equal(await node.rpc('eth_getCode', `0x${hash.slice(26)}`, 'latest'), deployedOf('Counter', 'evm'));
  }));

test('wrong flags end with a message and a status', async () => {
  for (const args of [['dev', '--nope'], ['dev', '--port', '99999'], ['dev', '--port', 'x'], ['dev', '--accounts'], ['dev', '--profile', 'x'],
    ['dev', '--derivation-path', 'x'], ['dev', '--init', '/nonexistent/genesis.json'], ['dev', '--host', '300.1.2.3', '--port', '0'], ['nope']]) {
    const { code, stderr } = await run(...args);
    assert.ok(code > 0, args.join(' '));
    assert.match(stderr, /^tandem: ./, args.join(' '));
  }
  const help = await run('help');
  assert.equal(help.code, 0);
  assert.match(help.stdout, /tandem dev/);
});

test('a port in use is named', () =>
  withNode([], async (node) => {
    const { code, stderr } = await run('dev', '--port', String(node.banner.port));
    assert.ok(code > 0);
    assert.match(stderr, new RegExp(`${node.banner.port}`));
  }));

// --- genesis and state files ---------------------------------------------------------------------

test('--init starts from a genesis file', () =>
  withFolder((folder) => {
    const file = path.join(folder, 'genesis.json');
    const [evm, pvm, rich] = ['0e', '0f', '10'].map((b) => `0x${b.repeat(20)}`);
    const storage = { [toBeHex(0, 32)]: toBeHex(41, 32) };
    writeFileSync(file, JSON.stringify({
      config: { chainId: 4242, homesteadBlock: 0, londonBlock: 0, shanghaiTime: 0, cancunTime: 0, pragueTime: 0, osakaTime: 0, terminalTotalDifficulty: 0 },
      timestamp: '0x65000000', gasLimit: '0x2625a00', extraData: '0x7461', difficulty: '0x0', baseFeePerGas: '0x3b9aca00', nonce: '0x0',
      alloc: {
        [evm]: { balance: '0x1', code: deployedOf('Counter', 'evm'), storage, nonce: '0x1' },
        [pvm.slice(2)]: { balance: '2', code: deployedOf('Counter', 'pvm'), storage },
        [rich]: { balance: '1000000000000000000000000' },
      },
    }));
    return withNode(['--init', file], async (node) => {
      assert.equal(await node.rpc('eth_chainId'), '0x1092');
      const block = await node.rpc('eth_getBlockByNumber', '0x0', false);
      assert.deepEqual([block.timestamp, block.gasLimit, block.extraData], ['0x65000000', '0x2625a00', '0x7461']);
      assert.equal(BigInt(await node.rpc('eth_getBalance', rich, 'latest')), 10n ** 24n);
      for (const address of [evm, pvm]) {
        assert.equal(Number(await node.rpc('eth_call', { to: address, data: number })), 41);
        await send(node, { to: address, data: counter.encodeFunctionData('increment') });
        assert.equal(Number(await node.rpc('eth_call', { to: address, data: number })), 42);
      }
      assert.equal(await node.rpc('eth_getBalance', pvm, '0x0'), '0x2');
    });
  }));

test('--state: the state comes back as it was, and no wei is made or lost', () =>
  withFolder(async (folder) => {
    const file = path.join(folder, 'state.json');
    const made = {};
    let burnt = 0n;
    const first = await Node.start('--state', file);
    const immutables = AbiCoder.defaultAbiCoder().encode(['uint256', 'uint8', 'bool'], [5, 6, true]).slice(2);
    for (const machine of MACHINES) {
      const counterAt = (await send(first, { data: codeOf('Counter', machine) })).contractAddress;
      const immutablesAt = (await send(first, { data: codeOf('Immutables', machine) + immutables })).contractAddress;
      await send(first, { to: counterAt, data: counter.encodeFunctionData('set', [77]) });
      made[machine] = { counterAt, immutablesAt };
    }
    const all = interfaceOf('Immutables').encodeFunctionData('all');
    const look = async (node) => {
      const seen = {};
      for (const machine of MACHINES) {
        const { counterAt, immutablesAt } = made[machine];
        seen[machine] = [
          await node.rpc('eth_call', { to: counterAt, data: number }), await node.rpc('eth_call', { to: immutablesAt, data: all }),
          await node.rpc('eth_getCode', counterAt, 'latest'), await node.rpc('eth_getTransactionCount', immutablesAt, 'latest'),
        ];
      }
      for (const address of [REGISTRY, ...node.accounts.map((a) => a.address)])
        seen[address] = [await node.rpc('eth_getBalance', address, 'latest'), await node.rpc('eth_getTransactionCount', address, 'latest')];
      return seen;
    };
    const before = await look(first);
    const head = Number(await first.rpc('eth_blockNumber'));
    for (let n = 1; n <= head; n++) {
      const block = await first.rpc('eth_getBlockByNumber', toBeHex(n).replace(/^0x0/, '0x'), false);
      burnt += BigInt(block.baseFeePerGas) * BigInt(block.gasUsed);
    }
    assert.equal((await first.end()).code, 0);

    const text = readFileSync(file, 'utf8');
    const alloc = Object.values(JSON.parse(text).alloc);
    const total = alloc.reduce((sum, { balance }) => sum + BigInt(balance), 0n);
    const genesis = 10n * parseEther('10000');
    // Deposit gas is used but not burnt: less is gone than base fee times gas used.
    assert.ok(total < genesis && genesis - total < burnt, `${genesis - total} of ${burnt}`);

    const second = await Node.start('--state', file);
    assert.deepEqual(await look(second), before);
    // The deposit of the slot, paid in the first life, comes back in the second.
    const held = BigInt(await second.rpc('eth_getBalance', REGISTRY, 'latest'));
    assert.ok(held > 0n);
    const snapshot = await second.rpc('evm_snapshot');
    assert.equal((await send(second, { to: made.pvm.counterAt, data: counter.encodeFunctionData('set', [0]) })).status, '0x1');
    assert.ok(BigInt(await second.rpc('eth_getBalance', REGISTRY, 'latest')) < held);
    assert.equal(await second.rpc('evm_revert', snapshot), true);
    assert.equal((await second.end()).code, 0);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')).alloc, JSON.parse(text).alloc);
    assert.equal(existsSync(`${file}.tmp`), false);
  }));

// --- how blocks are made -------------------------------------------------------------------------

test('--block-time seals by the clock, empty blocks too', () =>
  withNode(['--block-time', '1'], async (node) => {
    const hash = await sendFrom(node, { data: codeOf('Counter', 'pvm') });
    assert.equal(await receiptOf(node, hash), null, 'not at once');
    const receipt = await until(() => receiptOf(node, hash), 5000);
    assert.equal(receipt.status, '0x1');
    const head = () => node.rpc('eth_blockNumber').then(Number);
    await until(async () => (await head()) >= Number(receipt.blockNumber) + 1, 5000);
    const [a, b] = await Promise.all([0, 1].map((i) => node.rpc('eth_getBlockByNumber', `0x${(Number(receipt.blockNumber) + i).toString(16)}`, false)));
    assert.ok(BigInt(b.timestamp) - BigInt(a.timestamp) >= 1n && BigInt(b.timestamp) - BigInt(a.timestamp) <= 2n);
    assert.deepEqual(b.transactions, []);
  }));

test('--no-mining seals when asked', () =>
  withNode(['--no-mining'], async (node) => {
    const hashes = [];
    for (let i = 0; i < 5; i++) hashes.push(await sendFrom(node, { data: codeOf('Counter', MACHINES[i % 2]), nonce: `0x${i.toString(16)}` }));
    assert.equal(await node.rpc('eth_blockNumber'), '0x0');
    assert.equal(await receiptOf(node, hashes[0]), null);
    assert.equal(await node.rpc('evm_mine'), '0x0');
    for (const [i, hash] of hashes.entries()) {
      const receipt = await receiptOf(node, hash);
      assert.equal(Number(receipt.transactionIndex), i);
      assert.equal(receipt.contractAddress, getCreateAddress({ from: node.accounts[0].address, nonce: i }).toLowerCase());
    }
    assert.equal(await node.rpc('eth_blockNumber'), '0x1');
  }));

// --- the end -------------------------------------------------------------------------------------

for (const signal of ['SIGINT', 'SIGTERM'])
  for (const [what, flags] of [['in memory', []], ['with --datadir', null], ['with --block-time', ['--block-time', '1']]])
    test(`${signal} ends a node ${what} within 5 s with status 0`, () =>
      withFolder(async (folder) => {
        const node = await Node.start(...(flags ?? ['--datadir', folder]));
        await send(node, { data: codeOf('Counter', 'evm') });
        // A client that holds its connection open and says nothing must not hold up the end.
        const idle = connect(node.banner.port, '127.0.0.1');
        idle.on('error', () => {});
        await new Promise((resolve) => idle.once('connect', resolve));
        const { code, ms, stderr } = await node.end(signal);
        idle.destroy();
        assert.equal(code, 0, stderr);
        assert.ok(ms < 5000, `${ms} ms`);
      }));

test('a signal under load ends it too', async () => {
  const node = await Node.start();
  let going = true;
  const load = Array.from({ length: 8 }, async (_, i) => {
    while (going) await sendFrom(node, { from: node.accounts[i].address, data: codeOf('Token', 'pvm'), gas: '0x989680' }).catch(() => {});
  });
  await until(async () => Number(await node.rpc('eth_blockNumber')) > 10);
  const { code, ms, stderr } = await node.end('SIGTERM');
  going = false;
  await Promise.all(load);
  assert.equal(code, 0, stderr);
  assert.ok(ms < 5000, `${ms} ms`);
});

test('--quiet prints nothing but errors, --json nothing but JSON', async () => {
  await withNode([], async (node) => {
    await send(node, { data: codeOf('Counter', 'evm') });
    node.lines.forEach((line) => JSON.parse(line));
  });
  const child = promisify(execFile)('timeout', ['-s', 'TERM', '1', binary, 'dev', '--port', '0', '--quiet']).catch((e) => e);
  const { stdout, stderr } = await child;
  assert.deepEqual([stdout, stderr], ['', '']);
});
