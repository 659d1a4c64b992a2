// SPDX-License-Identifier: Apache-2.0
//
// The recorded run of tests/contracts/expected.evm.json, made again with two clients on two
// machines. On the EVM everything is equal to the unit of gas; on PolkaVM results, revert data,
// logs and addresses are (gas differs by nature, and CREATE2 addresses, which hash the code).
//
// Order of the recorded run, told by its results: deployments; the calls before Factory's (the
// token's owner still has the whole supply); transactions; the rest (the counter stands at 17).
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AbiCoder, Interface } from 'ethers';

import {
  MACHINES, REGISTRY, REGISTRY_ABI, callArgs, codeOf, deployedOf, expected, interfaceOf, pvmCreate2Address,
} from './lib/contracts.js';
import { ethersClient } from './lib/ethers.js';
import { withNode } from './lib/node.js';
import { viemClient } from './lib/viem.js';

const CLIENTS = { 'ethers 6': ethersClient, viem: viemClient };

/** The gas limit of the recorded transactions: the failed CREATE2 burnt 63/64 of it. */
const GAS_EVM = 8_000_000n;
/** Blobs are ten times larger; below the limit of a transaction (EIP-7825). */
const GAS_PVM = 16_000_000n;
/** What Payable was made with: its balance is 77 - 7 + 1000. */
const DEPLOY_VALUE = { Payable: 1000n };
const FIRST_CALL_AFTER_TXS = expected.calls.findIndex(({ contract }) => contract === 'StorageHeavy');

/** Runtime code is as compiled, except where the constructor writes into it. */
const CODE_WRITTEN_AT_DEPLOYMENT = new Set(['Immutables', 'ExtMath']);

const panic = (code) => new Interface(['error Panic(uint256)']).encodeErrorResult('Panic', [code]);
const reason = (text) => new Interface(['error Error(string)']).encodeErrorResult('Error', [text]);
const custom = (name, error, args) => interfaceOf(name).encodeErrorResult(error, args);

/** Revert data of the recorded calls that failed; undefined: an exceptional halt, no data. */
const REVERTS = {
  withReason: reason('plain reason'),
  withCustom: custom('Failures', 'Custom', [7, 'custom']),
  withoutReason: '0x',
  assertion: panic(0x01),
  overflow: panic(0x11),
  divide: panic(0x12),
  index: panic(0x32),
  enumeration: panic(0x21),
  invalid: undefined,
  writeThenRevert: reason('undone'),
  bubble: AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256'], [17, 1000]).replace(
    '0x', new Interface(['error Underflow(uint256, uint256)']).getError('Underflow').selector),
};

/** Failed transactions: revert data that eth_call gives for them just before. */
const TX_REVERTS = {
  'Counter.decrement': custom('Counter', 'Underflow', [6, 100]) ,
  'Token.transfer': custom('Token', 'ZeroAddress', []),
  'Events.thenRevert': reason('no log must survive'),
  'Factory.create2': '0x',
  'Payable.withdraw': reason('too much'),
};

class Run {
  constructor(node, client, machine) {
    Object.assign(this, { node, client, machine, gas: machine === 'evm' ? GAS_EVM : GAS_PVM });
    this.addresses = new Map();
    this.children = 0;
  }

  async deploy({ contract, args, address, gasUsed, status }) {
    const result = await this.client.deploy(contract, this.machine, callArgs(contract, undefined, args), {
      gas: this.gas,
      value: DEPLOY_VALUE[contract],
    });
    assert.equal(result.status, status);
    assert.equal(result.address, address);
    if (this.machine === 'evm') assert.equal(result.gasUsed, BigInt(gasUsed));
    this.addresses.set(contract, address);
    if (contract === 'Proxy') this.addresses.set('LogicProxy', address);
    if (!(this.machine === 'evm' && CODE_WRITTEN_AT_DEPLOYMENT.has(contract)))
      assert.equal(await this.node.rpc('eth_getCode', address, 'latest'), deployedOf(contract, this.machine));
    const { machines } = await this.node.rpc('tandem_getResources', result.hash);
    assert.deepEqual(machines, [this.machine]);
  }

  #request({ contract, fn, args, value }) {
    return {
      name: contract,
      address: this.addresses.get(contract),
      fn,
      args: callArgs(contract, fn, args),
      value: BigInt(value ?? 0),
    };
  }

  async call(recorded) {
    const result = await this.client.call(this.#request(recorded));
    assert.equal(result.data, recorded.data);
    if (recorded.error === undefined) {
      assert.equal(result.error, undefined);
      assert.equal(result.output, recorded.output);
    } else {
      assert.equal(result.output, undefined, 'the call must fail');
      assert.equal(result.revert, REVERTS[recorded.fn]);
    }
  }

  async send(recorded) {
    const request = this.#request(recorded);
    const before = await this.client.call(request);
    const result = await this.client.send({ ...request, gas: this.gas });
    assert.equal(result.data, recorded.data);
    assert.equal(result.status, recorded.status);
    assert.deepEqual(result.logs, this.#logsOf(recorded, request));
    if (this.machine === 'evm') assert.equal(result.gasUsed, BigInt(recorded.gasUsed));
    if (recorded.status === 1) assert.equal(before.error, undefined, 'eth_call foretells success');
    else assert.equal(before.revert, TX_REVERTS[`${recorded.contract}.${recorded.fn}`]);
    return before.output;
  }

  /** The recorded logs, with the address that CREATE2 gives a PolkaVM contract. */
  #logsOf({ contract, fn, status, logs }, { args, address }) {
    if (this.machine === 'evm' || `${contract}.${fn}` !== 'Factory.create2' || status === 0) return logs;
    const [tag, salt] = args;
    const child = pvmCreate2Address(address, salt, codeOf('Child', 'pvm'), ['uint256'], [tag]);
    const data = AbiCoder.defaultAbiCoder().encode(['address', 'bytes32'], [child, salt]);
    return [{ ...logs[0], data }];
  }
}

/** Factory instantiates Child by code hash, so the chain must know the blob; account 1 brings it. */
async function uploadChild(node) {
  const data = new Interface(REGISTRY_ABI).encodeFunctionData('uploadCode', [codeOf('Child', 'pvm')]);
  const tx = { from: node.accounts[1].address, to: REGISTRY, data };
  const hash = await node.rpc('eth_sendTransaction', tx);
  assert.equal((await node.rpc('eth_getTransactionReceipt', hash)).status, '0x1');
}

for (const [clientName, newClient] of Object.entries(CLIENTS)) {
  const outputs = { evm: [], pvm: [] };
  for (const machine of MACHINES)
    test(`${clientName}, ${machine}: the recorded run`, { timeout: 120_000 }, (t) =>
      withNode([], async (node) => {
        const client = newClient(node);
        const run = new Run(node, client, machine);
        if (machine === 'pvm') await uploadChild(node);
        for (const d of expected.deploy) await t.test(`deploy ${d.contract}`, () => run.deploy(d));
        const call = (c) => t.test(`call ${c.contract}.${c.fn}(${c.args})`.slice(0, 80), () => run.call(c));
        for (const c of expected.calls.slice(0, FIRST_CALL_AFTER_TXS)) await call(c);
        for (const x of expected.txs)
          await t.test(`send ${x.contract}.${x.fn}(${x.args})`.slice(0, 80), async () => {
            outputs[machine].push(await run.send(x));
          });
        for (const c of expected.calls.slice(FIRST_CALL_AFTER_TXS)) await call(c);
        client.close();
      }));

  test(`${clientName}: both machines answer the transactions' calls alike`, () => {
    assert.equal(outputs.evm.length, expected.txs.length);
    expected.txs.forEach(({ contract, fn }, i) => {
      if (`${contract}.${fn}` !== 'Factory.create2') assert.equal(outputs.pvm[i], outputs.evm[i], `${contract}.${fn}`);
    });
  });
}
