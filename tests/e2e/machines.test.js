// SPDX-License-Identifier: Apache-2.0
//
// Two machines over one state: calls in both directions, values, reverts that pass through,
// delegate calls over one storage, contracts made across, and what a transaction cost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { AbiCoder, Contract, Interface, Wallet, ZeroHash, id, keccak256 } from 'ethers';

import { MACHINES, REGISTRY, REGISTRY_ABI, abiOf, codeOf, deployedOf, interfaceOf, pvmCreate2Address } from './lib/contracts.js';
import { ethersClient, providerOf } from './lib/ethers.js';
import { Node } from './lib/node.js';

/** Given where a failure is swallowed: an estimate is enough for the outer call to succeed, not the inner. */
const GAS = 16_000_000n;
const WITH_GAS = { gasLimit: GAS };
const other = { evm: 'pvm', pvm: 'evm' };

let node, provider, wallet, client;

before(async () => {
  node = await Node.start();
  provider = providerOf(node);
  wallet = new Wallet(node.accounts[0].privateKey, provider);
  client = ethersClient(node);
});
after(async () => {
  client.close();
  provider.destroy();
  await node.end();
});

async function deploy(name, machine, args = []) {
  const { address, status } = await client.deploy(name, machine, args, { gas: GAS });
  assert.equal(status, 1);
  return new Contract(address, abiOf(name), wallet);
}

const resources = (hash) => node.rpc('tandem_getResources', hash);
const counterCall = (fn, ...args) => interfaceOf('Counter').encodeFunctionData(fn, args);

for (const machine of MACHINES) {
  const way = `${machine} calls ${other[machine]}`;

  test(`${way}: results and logs`, async () => {
    const caller = await deploy('Caller', machine);
    const counter = await deploy('Counter', other[machine]);
    const tx = await caller.typed(counter);
    const receipt = await tx.wait();
    assert.equal(receipt.logs.length, 1);
    assert.equal(receipt.logs[0].address, await counter.getAddress());
    assert.equal(await caller.read(counter), 1n);
    assert.equal(await caller.loop.staticCall(counter, 20), 21n);
    await (await caller.loop(counter, 20)).wait();
    assert.equal(await counter.number(), 21n);
    assert.deepEqual((await resources(receipt.hash)).machines, ['evm', 'pvm']);
  });

  test(`${way}: a revert passes through, or is caught with its data`, async () => {
    const caller = await deploy('Caller', machine);
    const counter = await deploy('Counter', other[machine]);
    const underflow = interfaceOf('Counter').encodeErrorResult('Underflow', [0, 5]);
    await assert.rejects(caller.bubble.staticCall(counter, counterCall('decrement', 5)), (error) => error.data === underflow);
    const [ok, out] = await caller.call.staticCall(counter, counterCall('decrement', 5));
    assert.equal(ok, false);
    assert.equal(out, underflow);
    const failures = await deploy('Failures', other[machine]);
    const halt = failures.interface.encodeFunctionData('invalid');
    // An exceptional halt takes the 63/64 that went along; what is left must do.
    assert.deepEqual([...(await caller.call.staticCall(failures, halt))], [false, '0x']);
  });

  test(`${way}: what a reverted callee wrote is undone, what its caller wrote stays`, async () => {
    const caller = await deploy('Caller', machine);
    const failures = await deploy('Failures', other[machine]);
    const receipt = await (await caller.call(failures, failures.interface.encodeFunctionData('writeThenRevert'), WITH_GAS)).wait();
    assert.equal(receipt.logs.length, 1);
    assert.equal(await provider.getStorage(failures, 1), ZeroHash);
  });

  test(`${way}: value goes along`, async () => {
    const caller = await deploy('Caller', machine);
    const payable = await deploy('Payable', other[machine]);
    await (await caller.call(payable, payable.interface.encodeFunctionData('deposit'), { ...WITH_GAS, value: 77n })).wait();
    assert.equal(await payable.deposits(caller), 77n);
    assert.equal(await payable.balance(), 77n);
    assert.equal(await provider.getBalance(caller), 0n);
    // A bare transfer runs `receive`; a refused one leaves the value with the caller.
    await (await caller.call(payable, '0x', { ...WITH_GAS, value: 3n })).wait();
    assert.equal(await payable.balance(), 80n);
    const counter = await deploy('Counter', other[machine]);
    await (await caller.call(counter, counterCall('set', 1), { ...WITH_GAS, value: 9n })).wait();
    assert.equal(await counter.number(), 0n);
    assert.equal(await provider.getBalance(caller), 9n);
  });

  test(`${way}: a delegate call writes the caller's own slot`, async () => {
    const caller = await deploy('Caller', machine);
    const counter = await deploy('Counter', other[machine]);
    await (await caller.delegate(counter, counterCall('set', 123), WITH_GAS)).wait();
    assert.equal(await caller.number(), 123n);
    assert.equal(await counter.number(), 0n);
    await (await caller.delegate(counter, counterCall('increment'), WITH_GAS)).wait();
    assert.equal(await caller.number(), 124n);
  });

  test(`${way}: a static call reads and does not write`, async () => {
    const caller = await deploy('Caller', machine);
    const counter = await deploy('Counter', other[machine]);
    const [readOk, word] = await caller.stat(counter, counterCall('number'));
    assert.deepEqual([readOk, word], [true, ZeroHash]);
    assert.equal((await caller.stat(counter, counterCall('set', 1)))[0], false);
  });

  test(`${way}: there and back again, deeply`, async () => {
    const [a, b] = [await deploy('Caller', machine), await deploy('Caller', other[machine])];
    const counter = await deploy('Counter', machine);
    let data = counterCall('increment');
    let target = counter;
    for (let depth = 0; depth < 12; depth++) {
      const at = depth % 2 === 0 ? b : a;
      data = at.interface.encodeFunctionData('bubble', [await target.getAddress(), data]);
      target = at;
    }
    const tx = await wallet.sendTransaction({ to: target, data, gasLimit: GAS });
    assert.equal((await tx.wait()).status, 1);
    assert.equal(await counter.number(), 1n);
  });

  test(`${way}: transient storage and reentrancy across machines`, async () => {
    const transient = await deploy('Transient', machine);
    const caller = await deploy('Caller', other[machine]);
    const inner = transient.interface.encodeFunctionData('lockedCall', [await caller.getAddress(), '0x']);
    const reenter = caller.interface.encodeFunctionData('bubble', [await transient.getAddress(), inner]);
    const tx = await transient.lockedCall(caller, reenter, WITH_GAS);
    assert.equal((await tx.wait()).status, 1);
    // The lock held: the inner call did not count.
    assert.equal(await transient.entered(), 1n);
  });

  test(`${machine}: code and its hash, seen by both`, async () => {
    const counter = await deploy('Counter', machine);
    const code = deployedOf('Counter', machine);
    assert.equal(await provider.getCode(counter), code);
    for (const reader of MACHINES) {
      const environment = await deploy('Environment', reader);
      const [size, hash] = await environment.code(counter);
      assert.equal(Number(size), (code.length - 2) / 2);
      assert.equal(hash, keccak256(code));
    }
  });

  test(`${machine}: a contract sees the block and the transaction`, async () => {
    const environment = await deploy('Environment', machine);
    const block = await provider.getBlock('latest');
    const env = await environment.env.staticCall({ value: 5n });
    assert.equal(env.number, BigInt(block.number));
    assert.equal(env.timestamp, BigInt(block.timestamp));
    assert.equal(env.gaslimit, block.gasLimit);
    assert.equal(env.chainid, 31337n);
    assert.equal(env.coinbase, block.miner);
    assert.equal(env.sender, wallet.address);
    assert.equal(env.origin, wallet.address);
    assert.equal(env.value, 5n);
    assert.equal(await environment.hashOf(block.number - 1), block.parentHash);
    assert.equal(await environment.hashOf(block.number + 5), ZeroHash);
    assert.deepEqual([...(await environment.echo('0x010203'))], ['0x010203', 4n + 32n * 3n]);
  });
}

test('resources: an EVM transaction has gas alone, a PolkaVM one all three', async () => {
  const [evm, pvm] = [await deploy('Counter', 'evm'), await deploy('Counter', 'pvm')];
  const spent = async (tx) => resources((await tx.wait()).hash);
  const ofEvm = await spent(await evm.increment());
  assert.deepEqual([ofEvm.machines, ofEvm.refTime, ofEvm.proofSize, ofEvm.storageDeposit], [['evm'], '0x0', '0x0', 0]);
  const ofPvm = await spent(await pvm.increment());
  assert.deepEqual(ofPvm.machines, ['pvm']);
  assert.ok(BigInt(ofPvm.refTime) > 0n && BigInt(ofPvm.proofSize) > 0n && ofPvm.storageDeposit > 0);
  const again = await spent(await pvm.increment());
  assert.equal(again.storageDeposit, 0, 'the slot is paid for already');
  const freed = await spent(await pvm.set(0));
  assert.ok(freed.storageDeposit < 0, 'a freed slot gives its deposit back');
  assert.equal(await resources(id('no such transaction')), null);
});

test('the deposit ledger of the registry is its balance, and comes back', async () => {
  const held = () => provider.getBalance(REGISTRY);
  const counter = await deploy('Counter', 'pvm');
  const before = await held();
  await (await counter.set(1)).wait();
  assert.ok((await held()) > before);
  await (await counter.set(0)).wait();
  assert.equal(await held(), before);
});

test('the two-step flow: upload, look, instantiate with and without salt, remove', async () => {
  const registry = new Contract(REGISTRY, REGISTRY_ABI, wallet);
  const blob = codeOf('Child', 'pvm');
  const hash = keccak256(blob);
  const input = AbiCoder.defaultAbiCoder().encode(['uint256'], [21]);
  await assert.rejects(registry['instantiate(bytes32,bytes)'].staticCall(hash, input));
  assert.equal(await registry.uploadCode.staticCall(blob), hash);
  await (await registry.uploadCode(blob)).wait();
  const info = await registry.codeInfo(hash);
  assert.deepEqual([info.owner, info.references, info.size], [wallet.address, 0n, BigInt(blob.length / 2 - 1)]);

  const salted = registry['instantiate(bytes32,bytes,bytes32)'];
  const salt = id('salt');
  const address = await salted.staticCall(hash, input, salt);
  assert.equal(address, pvmCreate2Address(wallet.address, salt, blob, ['uint256'], [21]));
  const receipt = await (await salted(hash, input, salt, { value: 11n })).wait();
  assert.equal(receipt.status, 1);
  const child = new Contract(address, abiOf('Child'), wallet);
  assert.equal(await child.poke(), 42n);
  assert.equal(await child.creator(), wallet.address);
  assert.equal(await provider.getBalance(child), 11n);
  assert.equal(await provider.getBalance(REGISTRY) >= 0n, true);
  await assert.rejects(salted.staticCall(hash, input, salt), undefined, 'the address is taken');

  const plain = await registry['instantiate(bytes32,bytes)'].staticCall(hash, input);
  await (await registry['instantiate(bytes32,bytes)'](hash, input)).wait();
  assert.equal(await new Contract(plain, abiOf('Child'), wallet).tag(), 21n);
  assert.equal((await registry.codeInfo(hash)).references, 2n);
  await assert.rejects(registry.removeCode.staticCall(hash), /in use/);

  // Code nobody uses goes, and only its owner takes it away.
  const spare = codeOf('LogicV2', 'pvm');
  await (await registry.uploadCode(spare)).wait();
  const stranger = new Wallet(node.accounts[1].privateKey, provider);
  await assert.rejects(registry.connect(stranger).removeCode.staticCall(keccak256(spare)), /owner/);
  await (await registry.removeCode(keccak256(spare))).wait();
  assert.equal((await registry.codeInfo(keccak256(spare))).size, 0n);
});

test('an EVM contract makes a PolkaVM contract through the registry', async () => {
  const caller = await deploy('Caller', 'evm');
  const blob = codeOf('LogicV1', 'pvm');
  const registry = new Interface(REGISTRY_ABI);
  const upload = registry.encodeFunctionData('uploadCode', [blob]);
  await (await caller.call(REGISTRY, upload, WITH_GAS)).wait();
  const instantiate = registry.encodeFunctionData('instantiate(bytes32,bytes)', [keccak256(blob), '0x']);
  const out = await caller.bubble.staticCall(REGISTRY, instantiate, WITH_GAS);
  const [address] = AbiCoder.defaultAbiCoder().decode(['address'], out);
  await (await caller.bubble(REGISTRY, instantiate, WITH_GAS)).wait();
  assert.equal(await provider.getCode(address), blob);
  assert.equal(await new Contract(address, abiOf('LogicV1'), wallet).version(), 1n);
});

test('a proxy of one machine upgrades to logic of the other', async () => {
  for (const machine of MACHINES) {
    const first = await deploy('LogicV1', machine);
    const second = await deploy('LogicV2', other[machine]);
    const proxy = await deploy('Proxy', other[machine], [await first.getAddress()]);
    const logic = new Contract(proxy, abiOf('LogicV1'), wallet);
    await (await logic.setX(4)).wait();
    assert.deepEqual([await logic.x(), await logic.version()], [4n, 1n]);
    await (await proxy.upgradeTo(second)).wait();
    assert.deepEqual([await logic.x(), await logic.version()], [4n, 2n]);
    await (await logic.setX(4)).wait();
    assert.equal(await logic.x(), 8n);
  }
});

test('a blob that is none is refused, and says why', async () => {
  const good = codeOf('Counter', 'pvm');
  const broken = `${good.slice(0, 400)}ff${good.slice(402)}`;
  const cut = good.slice(0, good.length - 200);
  for (const data of [broken, cut, `${good.slice(0, 10)}${'00'.repeat(9)}`])
    await assert.rejects(provider.call({ from: wallet.address, data }));
  await assert.rejects(wallet.sendTransaction({ data: cut, gasLimit: GAS }), (error) =>
    /PolkaVM blob/.test(error.error.message),
  );
});
