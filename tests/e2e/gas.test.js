// SPDX-License-Identifier: Apache-2.0
//
// Estimates that hold, and calls over a state that was changed for them alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Contract, Wallet, ZeroHash, toBeHex } from 'ethers';

import { MACHINES, REGISTRY, REGISTRY_ABI, callArgs, codeOf, deployedOf, expected, interfaceOf } from './lib/contracts.js';
import { providerOf } from './lib/ethers.js';
import { Node } from './lib/node.js';

let node, provider, wallet;

before(async () => {
  node = await Node.start();
  provider = providerOf(node);
  wallet = new Wallet(node.accounts[0].privateKey, provider);
});
after(async () => {
  provider.destroy();
  await node.end();
});

/** Sends with exactly the estimate as limit: it must succeed and use no more. */
async function sendWithEstimate(tx, what) {
  const gasLimit = BigInt(await node.rpc('eth_estimateGas', { from: wallet.address, ...tx }));
  const hash = await node.rpc('eth_sendTransaction', { from: wallet.address, ...tx, gas: `0x${gasLimit.toString(16)}` });
  const receipt = await node.rpc('eth_getTransactionReceipt', hash);
  assert.equal(receipt.status, '0x1', `${what} runs with its estimate of ${gasLimit}`);
  assert.ok(BigInt(receipt.gasUsed) <= gasLimit);
  return receipt;
}

test('an estimate of a transfer is exact', async () => {
  const tx = { from: wallet.address, to: Wallet.createRandom().address, value: '0x1' };
  assert.equal(await node.rpc('eth_estimateGas', tx), '0x5208');
});

for (const machine of MACHINES)
  test(`${machine}: every successful transaction of the recorded run succeeds with its estimate`, async () => {
    // The addresses of the recorded run are of another chain: link and call by name.
    const here = new Map();
    const translate = (text) => {
      for (const { contract, address } of expected.deploy)
        if (here.has(contract)) text = text.replaceAll(address.slice(2).toLowerCase(), here.get(contract).slice(2).toLowerCase());
      return text;
    };
    if (machine === 'pvm') {
      const registry = new Contract(REGISTRY, REGISTRY_ABI, wallet);
      await (await registry.uploadCode(codeOf('Child', 'pvm'))).wait();
    }
    for (const { contract, args } of expected.deploy) {
      const input = interfaceOf(contract).encodeDeploy(callArgs(contract, undefined, args)).slice(2);
      const value = contract === 'Payable' ? '0x3e8' : '0x0';
      const receipt = await sendWithEstimate({ data: translate(codeOf(contract, machine) + input), value }, `deploying ${contract}`);
      here.set(contract, receipt.contractAddress);
    }
    here.set('LogicProxy', here.get('Proxy'));
    for (const { contract, fn, data, value, status } of expected.txs)
      if (status === 1)
        await sendWithEstimate(
          { to: here.get(contract), data: translate(data), value: `0x${BigInt(value).toString(16)}` },
          `${contract}.${fn}`,
        );
  });

test('an estimate says why nothing is enough', async () => {
  const poor = Wallet.createRandom().address;
  await assert.rejects(
    node.rpc('eth_estimateGas', { from: poor, to: wallet.address, value: '0x1' }),
    (error) => error.code === -32000 && /insufficient funds/.test(error.message),
  );
  await assert.rejects(
    node.rpc('eth_estimateGas', { from: wallet.address, to: wallet.address, gas: '0x5207' }),
    (error) => error.code === -32000 && /gas required exceeds allowance|intrinsic gas too low/.test(error.message),
  );
});

// --- overrides ------------------------------------------------------------------------------------

const somebody = `0x${'6c'.repeat(20)}`;
const number = interfaceOf('Counter').encodeFunctionData('number');
const environment = interfaceOf('Environment');

for (const machine of MACHINES) {
  test(`${machine}: a call over overridden code and storage`, async () => {
    const code = deployedOf('Counter', machine);
    const run = (override) => node.rpc('eth_call', { to: somebody, data: number }, 'latest', { [somebody]: override });
    assert.equal(await run({ code }), ZeroHash);
    assert.equal(await run({ code, state: { [ZeroHash]: toBeHex(7, 32) } }), toBeHex(7, 32));
    assert.equal(await run({ code, stateDiff: { [ZeroHash]: toBeHex(8, 32) } }), toBeHex(8, 32));
    await assert.rejects(run({ code, state: {}, stateDiff: {} }), /both 'state' and 'stateDiff'/);
    assert.equal(await node.rpc('eth_getCode', somebody, 'latest'), '0x', 'nothing is kept');
  });

  test(`${machine}: state replaces all slots, stateDiff some`, async () => {
    await node.rpc('anvil_setCode', somebody, deployedOf('StorageHeavy', machine));
    const abi = interfaceOf('StorageHeavy');
    const fill = { from: wallet.address, to: somebody, data: abi.encodeFunctionData('fill', [0, 3]) };
    await node.rpc('eth_sendTransaction', fill);
    const sum = (override) =>
      node.rpc('eth_call', { to: somebody, data: abi.encodeFunctionData('sum', [0, 3]) }, 'latest', override && { [somebody]: override });
    assert.equal(await sum(), toBeHex(6, 32));
    // keccak256(0 ‖ slot 0): slots[0], which is 1.
    const slot = '0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5';
    assert.equal(await node.rpc('eth_getStorageAt', somebody, slot, 'latest'), toBeHex(1, 32));
    assert.equal(await sum({ stateDiff: { [slot]: toBeHex(101, 32) } }), toBeHex(106, 32));
    assert.equal(await sum({ state: { [slot]: toBeHex(101, 32) } }), toBeHex(101, 32));
    assert.equal(await sum({ state: {} }), ZeroHash);
    assert.equal(await sum(), toBeHex(6, 32));
    await node.rpc('anvil_setCode', somebody, '0x');
  });

  test(`${machine}: a call over overridden balances and nonces`, async () => {
    const poor = Wallet.createRandom().address;
    const overrides = { [somebody]: { code: deployedOf('Environment', machine) }, [poor]: { balance: '0x64', nonce: '0x5' } };
    const tx = { from: poor, to: somebody, value: '0x9', data: environment.encodeFunctionData('env') };
    const [env] = environment.decodeFunctionResult('env', await node.rpc('eth_call', tx, 'latest', overrides));
    assert.deepEqual([env.value, env.balance, env.sender], [9n, 91n, poor]);
    await assert.rejects(node.rpc('eth_call', tx, 'latest'), /insufficient funds/);
  });
}

test('an overridden estimate', async () => {
  const poor = Wallet.createRandom().address;
  const tx = { from: poor, to: wallet.address, value: '0x1' };
  assert.equal(await node.rpc('eth_estimateGas', tx, 'latest', { [poor]: { balance: '0xde0b6b3a7640000' } }), '0x5208');
  const create = { from: poor, data: codeOf('Counter', 'pvm') };
  assert.ok(BigInt(await node.rpc('eth_estimateGas', create)) > 100_000n);
});

test('the environment of a call: of the block asked for, without fees unless named', async () => {
  const code = deployedOf('Environment', 'evm');
  const run = async (tx, tag) => {
    const data = environment.encodeFunctionData('env');
    const answer = await node.rpc('eth_call', { from: wallet.address, to: somebody, data, ...tx }, tag, { [somebody]: { code } });
    return environment.decodeFunctionResult('env', answer)[0];
  };
  const block = await provider.getBlock('latest');
  const env = await run({}, 'latest');
  assert.deepEqual([env.number, env.timestamp], [BigInt(block.number), BigInt(block.timestamp)]);
  assert.deepEqual([env.basefee, env.gasprice], [0n, 0n]);
  const priced = await run({ maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x1' }, 'latest');
  assert.deepEqual([priced.basefee, priced.gasprice], [block.baseFeePerGas, block.baseFeePerGas + 1n]);
  assert.equal((await run({}, 'pending')).number, BigInt(block.number) + 1n);
  assert.equal((await run({}, '0x1')).number, 1n);
});
