// SPDX-License-Identifier: Apache-2.0
//
// What programs do with ethers 6 over HTTP, flow by flow, on contracts of either machine.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  Contract, ContractFactory, JsonRpcProvider, Wallet, ZeroAddress, formatEther, getAddress, id, isError,
  parseEther, toBeHex, verifyMessage, verifyTypedData, zeroPadValue,
} from 'ethers';

import { MACHINES, abiOf, codeOf, deployedOf } from './lib/contracts.js';
import { providerOf } from './lib/ethers.js';
import { Node, RpcError } from './lib/node.js';

let node, provider, wallets;

before(async () => {
  node = await Node.start();
  provider = providerOf(node);
  wallets = node.accounts.map(({ privateKey }) => new Wallet(privateKey, provider));
});
after(async () => {
  provider.destroy();
  await node.end();
});

async function deploy(name, machine, wallet, ...args) {
  const factory = new ContractFactory(abiOf(name), codeOf(name, machine), wallet);
  const contract = await factory.deploy(...args);
  await contract.waitForDeployment();
  return contract;
}

test('connect and read', async () => {
  const network = await provider.getNetwork();
  assert.equal(network.chainId, 31337n);
  assert.equal(await provider.getBlockNumber(), 0);
  assert.equal(formatEther(await provider.getBalance(wallets[0].address)), '10000.0');
  assert.equal(await provider.getCode(wallets[0].address), '0x');
  assert.equal(await provider.getStorage(wallets[0].address, 0), zeroPadValue('0x00', 32));
  assert.equal(await provider.getTransactionCount(wallets[0].address), 0);
  const block = await provider.getBlock('latest', true);
  assert.equal(block.number, 0);
  assert.equal(block.gasLimit, 30_000_000n);
  assert.deepEqual(block.prefetchedTransactions, []);
  const fees = await provider.getFeeData();
  assert.equal(fees.maxFeePerGas, 2n * block.baseFeePerGas + fees.maxPriorityFeePerGas);
  assert.ok(fees.gasPrice >= block.baseFeePerGas);
  assert.equal(await provider.getBlock(1000), null);
  assert.equal(await provider.getTransactionReceipt(id('none')), null);
});

test('a transfer moves value and pays for it', async () => {
  const to = Wallet.createRandom().address;
  const before = await provider.getBalance(wallets[1].address);
  const receipt = await (await wallets[1].sendTransaction({ to, value: parseEther('1.5') })).wait();
  assert.equal(receipt.gasUsed, 21_000n);
  assert.equal(await provider.getBalance(to), parseEther('1.5'));
  assert.equal(await provider.getBalance(wallets[1].address), before - parseEther('1.5') - receipt.fee);
});

test('answers asked for at once come as one batch', async () => {
  const results = await Promise.all(wallets.map(({ address }) => provider.getBalance(address, 0)));
  assert.deepEqual(results, wallets.map(() => parseEther('10000')));
});

for (const machine of MACHINES) {
  test(`${machine}: deploy and wait`, async () => {
    const counter = await deploy('Counter', machine, wallets[0]);
    const receipt = await counter.deploymentTransaction().wait();
    assert.equal(receipt.status, 1);
    assert.equal(receipt.contractAddress, await counter.getAddress());
    assert.equal(await provider.getCode(receipt.contractAddress), deployedOf('Counter', machine));
    const tx = await provider.getTransaction(receipt.hash);
    assert.equal(tx.data, codeOf('Counter', machine));
    assert.equal(tx.to, null);
    assert.equal(tx.type, 2);
  });

  test(`${machine}: call, send, wait`, async () => {
    const counter = await deploy('Counter', machine, wallets[0]);
    assert.equal(await counter.number(), 0n);
    const receipt = await (await counter.set(41)).wait();
    assert.equal(receipt.status, 1);
    assert.deepEqual([...receipt.logs[0].args], [wallets[0].address, 0n, 41n]);
    assert.equal(await counter.increment.staticCall(), 42n);
    await (await counter.connect(wallets[1]).increment()).wait();
    assert.equal(await counter.number(), 42n);
    assert.equal(await counter.number({ blockTag: receipt.blockNumber }), 41n);
    assert.equal(await provider.getStorage(counter, 0), toBeHex(42, 32));
  });

  test(`${machine}: legacy and access list transactions`, async () => {
    const counter = await deploy('Counter', machine, wallets[0]);
    const accessList = [{ address: await counter.getAddress(), storageKeys: [toBeHex(0, 32)] }];
    for (const overrides of [{ type: 0 }, { type: 1, accessList }, { type: 2, accessList }]) {
      const tx = await counter.increment(overrides);
      assert.equal((await tx.wait()).type, overrides.type);
      assert.equal((await provider.getTransaction(tx.hash)).from, wallets[0].address);
    }
    assert.equal(await counter.number(), 3n);
  });

  test(`${machine}: queryFilter`, async () => {
    const token = await deploy('Token', machine, wallets[0], 'Token', 'TOK', 1000n);
    for (const [to, value] of [[1, 5n], [2, 6n], [1, 7n]]) await (await token.transfer(wallets[to], value)).wait();
    const all = await token.queryFilter('Transfer');
    assert.deepEqual(all.map((e) => e.args.value), [1000n, 5n, 6n, 7n]);
    const some = await token.queryFilter(token.filters.Transfer(null, wallets[1].address), 0, 'latest');
    assert.deepEqual(some.map((e) => e.args.value), [5n, 7n]);
    const none = await token.queryFilter(token.filters.Approval());
    assert.deepEqual(none, []);
  });

  test(`${machine}: a custom error is decoded, of a call, an estimate and a transaction`, async () => {
    const token = await deploy('Token', machine, wallets[0], 'Token', 'TOK', 1000n);
    const isRevert = (name, ...args) => (error) => {
      assert.ok(isError(error, 'CALL_EXCEPTION'));
      // ethers decodes the error of a call itself; of an estimate it hands on the data.
      const revert = error.revert ?? token.interface.parseError(error.data);
      assert.equal(revert.name, name);
      assert.deepEqual([...revert.args], args);
      return true;
    };
    await assert.rejects(token.transfer.staticCall(ZeroAddress, 1), isRevert('ZeroAddress'));
    await assert.rejects(token.transfer(ZeroAddress, 1), isRevert('ZeroAddress'));
    await assert.rejects(
      token.transfer.estimateGas(wallets[1], 1001n),
      isRevert('InsufficientBalance', wallets[0].address, 1000n, 1001n),
    );
    const tx = await token.transfer(ZeroAddress, 1, { gasLimit: 1_000_000 });
    await assert.rejects(tx.wait(), (error) => error.code === 'CALL_EXCEPTION' && error.receipt.status === 0);
  });

  test(`${machine}: contract.on polls a filter`, async () => {
    const counter = await deploy('Counter', machine, wallets[0]);
    const seen = new Promise((resolve) => counter.once('Changed', (...args) => resolve(args)));
    // once() installs its filter behind our back; the transaction must come after it.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await (await counter.set(9)).wait();
    const [who, previous, current, event] = await seen;
    assert.deepEqual([who, previous, current], [wallets[0].address, 0n, 9n]);
    assert.equal(event.log.address, await counter.getAddress());
    assert.equal(await counter.listenerCount(), 0);
  });
}

test('new blocks are announced', async () => {
  const seen = new Promise((resolve) => provider.once('block', resolve));
  await new Promise((resolve) => setTimeout(resolve, 150));
  const { blockNumber } = await (await wallets[0].sendTransaction({ to: wallets[1], value: 1 })).wait();
  assert.equal(await seen, blockNumber);
});

test('JsonRpcSigner: the node signs a transaction', async () => {
  const signer = await provider.getSigner(2);
  assert.equal(signer.address, wallets[2].address);
  const counter = await deploy('Counter', 'pvm', wallets[0]);
  await (await counter.connect(signer).set(3)).wait();
  assert.equal(await counter.number(), 3n);
  const unknown = new Contract(counter, abiOf('Counter'), await provider.getSigner(Wallet.createRandom().address).catch(() => null));
  assert.equal(unknown.runner, null);
  await assert.rejects(
    node.rpc('eth_sendTransaction', { from: Wallet.createRandom().address, to: wallets[0].address }),
    (error) => error instanceof RpcError && error.message === 'unknown account',
  );
});

test('JsonRpcSigner: personal_sign', async () => {
  const signer = await provider.getSigner(0);
  for (const message of ['', 'hello', 'mit Umlaut: ä', new Uint8Array([0, 1, 255])])
    assert.equal(verifyMessage(message, await signer.signMessage(message)), signer.address);
  // The node signs as a wallet does (RFC 6979), so the bytes are equal.
  assert.equal(await signer.signMessage('x'), await wallets[0].signMessage('x'));
  const hex = '0x68656c6c6f';
  assert.equal(
    await node.rpc('personal_sign', hex, signer.address),
    await node.rpc('eth_sign', signer.address, hex),
  );
});

test('JsonRpcSigner: signTypedData', async () => {
  const signer = await provider.getSigner(1);
  const domain = {
    name: 'Mail', version: '1', chainId: 31337, verifyingContract: getAddress(`0x${'cc'.repeat(20)}`), salt: id('salt'),
  };
  const types = {
    Person: [{ name: 'name', type: 'string' }, { name: 'wallets', type: 'address[]' }],
    Mail: [
      { name: 'from', type: 'Person' }, { name: 'to', type: 'Person[]' }, { name: 'text', type: 'string' },
      { name: 'amount', type: 'uint256' }, { name: 'delta', type: 'int64' }, { name: 'tag', type: 'bytes4' },
      { name: 'blob', type: 'bytes' }, { name: 'urgent', type: 'bool' }, { name: 'grid', type: 'uint8[2][]' },
    ],
  };
  const person = (name, count) => ({ name, wallets: wallets.slice(0, count).map((w) => w.address) });
  const mail = {
    from: person('Anna', 2), to: [person('Bela', 0), person('Čeněk', 1)], text: 'Ahoj', amount: 2n ** 256n - 1n,
    delta: -5, tag: '0x12345678', blob: '0xabcdef', urgent: true, grid: [[1, 2], [3, 4]],
  };
  const signature = await signer.signTypedData(domain, types, mail);
  assert.equal(verifyTypedData(domain, types, mail, signature), signer.address);
  assert.equal(signature, await wallets[1].signTypedData(domain, types, mail));
  const small = { Vote: [{ name: 'yes', type: 'bool' }] };
  assert.equal(
    verifyTypedData({}, small, { yes: false }, await signer.signTypedData({}, small, { yes: false })),
    signer.address,
  );
});

test('a provider with its default cache and batching works', async () => {
  const plain = new JsonRpcProvider(node.url);
  const wallet = new Wallet(node.accounts[5].privateKey, plain);
  const counter = new ContractFactory(abiOf('Counter'), codeOf('Counter', 'evm'), wallet);
  const deployed = await (await counter.deploy()).waitForDeployment();
  assert.equal(await deployed.number(), 0n);
  plain.destroy();
});
