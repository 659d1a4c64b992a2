// SPDX-License-Identifier: Apache-2.0
//
// JSON-RPC as such: framing, limits and hostile bodies, geth's error codes and words, parameter
// shapes that clients send, filters.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';

import { Wallet, id, parseEther } from 'ethers';

import { codeOf, deployedOf, interfaceOf } from './lib/contracts.js';
import { Node, withNode } from './lib/node.js';

let node, accounts, keys;

before(async () => {
  node = await Node.start();
  accounts = node.accounts.map(({ address }) => address);
  keys = node.accounts.map(({ privateKey }) => new Wallet(privateKey));
});
after(() => node.end());

const call = (method, params, id = 1) => ({ jsonrpc: '2.0', id, method, params });
const failsWith = (code, message) => (error) => {
  assert.equal(error.code, code, error.message);
  if (message instanceof RegExp) assert.match(error.message, message);
  else assert.equal(error.message, message);
  return true;
};

/** A raw HTTP request: fetch would not send these headers. */
const http = (method, headers, body) =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: node.banner.port, method, headers, agent: false };
    const r = request(options, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    r.on('error', reject);
    r.end(body);
  });

// --- framing -------------------------------------------------------------------------------------

test('a request is answered with its id, whatever its type', async () => {
  for (const id of [0, 1, -1, 2 ** 53 - 1, 'text', '5c1f-uuid', '', null]) {
    const { json } = await node.post(call('eth_chainId', [], id));
    assert.deepEqual(json, { jsonrpc: '2.0', id, result: '0x7a69' });
  }
});

test('params may be absent, null or empty; unknown members of a request are skipped', async () => {
  const json = { jsonrpc: '2.0', id: 1, method: 'eth_chainId' };
  for (const extra of [{}, { params: [] }, { params: null }, { foo: 1, params: [] }])
    assert.equal((await node.post({ ...json, ...extra })).json.result, '0x7a69');
});

test('malformed bodies are a parse error, and the node goes on', async () => {
  const bodies = [
    '', ' ', '{', '[', '}', '{"jsonrpc":"2.0"', 'nonsense', '{"a":}', '[1,]', '{"a":1,}', '"\\ud800', '{\'a\':1}', '\u0000',
    '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}x', '{"jsonrpc":"2.0","id":01,"method":"eth_chainId"}', 'NaN',
    new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), new Uint8Array(1000),
  ];
  for (const body of bodies) {
    const { json, text } = await node.post(body);
    assert.equal(json?.error?.code, -32700, `${JSON.stringify(body)}: ${text}`);
    assert.equal(json.id, null);
  }
  assert.equal(await node.rpc('eth_chainId'), '0x7a69');
});

test('depth is bounded', async () => {
  const nested = (depth) => `{"jsonrpc":"2.0","id":1,"method":"eth_chainIdx","params":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  assert.equal((await node.post(nested(60))).json.error.code, -32601);
  for (const depth of [70, 1000, 1_000_000]) assert.equal((await node.post(nested(depth))).json.error.code, -32700);
  const objects = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000);
  assert.equal((await node.post(objects)).json.error.code, -32700);
});

test('what is not a request is an invalid request', async () => {
  const bodies = [
    1, 'text', null, true, {}, { jsonrpc: '2.0', id: 1 }, { jsonrpc: '1.0', id: 1, method: 'eth_chainId' },
    { id: 1, method: 'eth_chainId' }, { jsonrpc: '2.0', id: 1, method: 5 }, { jsonrpc: 2, id: 1, method: 'eth_chainId' },
    '{"jsonrpc":2.0,"id":1,"method":"eth_chainId"}',
  ];
  for (const body of bodies) {
    const { json } = await node.post(typeof body === 'string' && body.startsWith('{') ? body : JSON.stringify(body));
    assert.equal(json?.error?.code, -32600, JSON.stringify(body));
  }
});

test('an unknown method', async () => {
  for (const method of ['eth_nope', '', 'x'.repeat(100_000), 'eth_chainId\u0000', 'ETH_CHAINID'])
    await assert.rejects(node.rpc(method), failsWith(-32601, /^the method .* does not exist\/is not available$/s));
});

test('wrong parameters', async () => {
  const bad = [
    ['eth_getBalance'], ['eth_getBalance', null], ['eth_getBalance', '0x12'], ['eth_getBalance', 5],
    ['eth_getBalance', `0x${'g'.repeat(40)}`], ['eth_getBalance', accounts[0], 'yesterday'], ['eth_getBalance', accounts[0], '0x'],
    ['eth_getBalance', accounts[0], 'latest', 'more'], ['eth_getBlockByNumber'], ['eth_getBlockByNumber', 'latest', 'yes'],
    ['eth_call'], ['eth_call', 'text'], ['eth_call', { to: '0x1' }], ['eth_call', { to: accounts[0], data: '0x123' }],
    ['eth_call', { to: accounts[0], value: '-1' }], ['eth_call', { to: accounts[0], value: `0x1${'0'.repeat(64)}` }],
    ['eth_call', { to: accounts[0], gas: '0x10000000000000000' }], ['eth_call', { to: accounts[0], gasPrice: '0x1', maxFeePerGas: '0x1' }],
    ['eth_getStorageAt', accounts[0], 'x'], ['eth_getTransactionByHash', '0x12'], ['eth_sendRawTransaction', 'text'],
    ['eth_newFilter', { topics: [[], [], [], [], []] }], ['eth_getLogs', { blockHash: id('x'), fromBlock: '0x0' }],
    ['eth_feeHistory', '0x1', 'latest', [101]], ['eth_feeHistory', '0x1', 'latest', [50, 10]], ['evm_setAutomine', 'x'],
    ['anvil_setBalance', accounts[0]],
  ];
  for (const [method, ...params] of bad)
    await assert.rejects(node.rpc(method, ...params), (error) => error.code === -32602, JSON.stringify([method, ...params]));
  const { json } = await node.post({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: {} });
  assert.deepEqual(json.error, { code: -32602, message: 'non-array args' });
});

// --- batches -------------------------------------------------------------------------------------

test('a batch is answered in order, each on its own', async () => {
  const { json } = await node.post([
    call('eth_chainId', [], 1), call('eth_nope', [], 'b'), 7, call('eth_getBalance', [], 3), call('net_version', [], null),
  ]);
  assert.deepEqual(json.map((x) => x.id), [1, 'b', null, 3, null]);
  assert.deepEqual(json.map((x) => x.error?.code), [undefined, -32601, -32600, -32602, undefined]);
  assert.equal(json[4].result, '31337');
});

test('notifications run and are not answered', async () => {
  const silent = { jsonrpc: '2.0', method: 'anvil_setBalance', params: [accounts[9], '0x7'] };
  assert.equal((await node.post(silent)).text, '');
  assert.equal(await node.rpc('eth_getBalance', accounts[9], 'latest'), '0x7');
  assert.equal((await node.post([silent, silent])).text, '');
  const { json } = await node.post([silent, call('eth_chainId', []), silent]);
  assert.deepEqual(json.map((x) => x.id), [1]);
});

test('the size of a batch is bounded', async () => {
  const batch = (count) => Array.from({ length: count }, (_, i) => call('eth_chainId', [], i));
  assert.deepEqual((await node.post([])).json.error, { code: -32600, message: 'empty batch' });
  const full = await node.post(batch(1000));
  assert.deepEqual(full.json.map((x) => x.id), batch(1000).map((x) => x.id));
  const { error } = (await node.post(batch(1001))).json;
  assert.equal(error.code, -32600);
  assert.match(error.message, /^batch too large/);
});

test('the answer of a batch is bounded', async () => {
  await node.rpc('anvil_setCode', accounts[8], deployedOf('Compute', 'pvm'));
  const one = (await node.rpc('eth_getCode', accounts[8], 'latest')).length;
  const { json } = await node.post(Array.from({ length: 300 }, (_, i) => call('eth_getCode', [accounts[8], 'latest'], i)));
  const good = json.filter((x) => x.result).length;
  assert.ok(good >= Math.floor(25_000_000 / (one + 100)) && good <= 25_000_000 / one + 1, `${good}`);
  assert.deepEqual(json[299].error, { code: -32003, message: 'response too large' });
});

// --- HTTP ----------------------------------------------------------------------------------------

const chainId = JSON.stringify(call('eth_chainId', []));
const json = { 'content-type': 'application/json' };

test('HTTP: who is let in', async () => {
  assert.equal((await http('POST', json, chainId)).status, 200);
  assert.equal((await http('POST', { ...json, host: 'localhost:1' }, chainId)).status, 200);
  assert.equal((await http('POST', { ...json, host: 'evil.example' }, chainId)).status, 403);
  assert.equal((await http('POST', { ...json, origin: 'http://evil.example' }, chainId)).status, 403);
  assert.equal((await http('POST', { 'content-type': 'text/plain' }, chainId)).status, 415);
  assert.equal((await http('PUT', {})).status, 405);
  assert.equal((await http('PUT', json, chainId)).status, 400);
  assert.equal((await http('GET', {})).status, 200);
});

test('HTTP: one origin is let in when asked for', () =>
  withNode(['--allow-origin', 'http://app.example'], async (other) => {
    const yes = await other.post(chainId, { origin: 'http://app.example' });
    assert.equal(yes.json.result, '0x7a69');
    assert.equal((await other.post(chainId, { origin: 'http://evil.example' })).status, 403);
    const preflight = await fetch(other.url, {
      method: 'OPTIONS',
      headers: { origin: 'http://app.example', 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.headers.get('access-control-allow-origin'), 'http://app.example');
  }));

test('HTTP: the length of a body is bounded', async () => {
  const padded = (length) => chainId + ' '.repeat(length - chainId.length);
  assert.equal((await node.post(padded(8 << 20))).json.result, '0x7a69');
  const tooLong = await node.post(padded((8 << 20) + 1)).catch((error) => ({ status: `cut: ${error.cause?.code}` }));
  assert.ok([413, 'cut: EPIPE', 'cut: ECONNRESET', 'cut: UND_ERR_SOCKET'].includes(tooLong.status), `${tooLong.status}`);
  assert.equal((await http('POST', { ...json, 'content-length': 1 << 30 }, '')).status, 413);
  assert.equal(await node.rpc('eth_chainId'), '0x7a69');
});

// --- geth's words --------------------------------------------------------------------------------

const transfer = (nonce, more = {}) => ({
  type: 2, chainId: 31337, nonce, to: accounts[1], value: 1n, gasLimit: 21_000n, maxFeePerGas: 3_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000n, ...more,
});
const send = async (key, tx) => node.rpc('eth_sendRawTransaction', await key.signTransaction(tx));

test('refused transactions', async () => {
  const key = keys[2];
  await send(key, transfer(0));
  await assert.rejects(send(key, transfer(0, { value: 2n })), failsWith(-32000, /^nonce too low/));
  await assert.rejects(send(key, transfer(1, { gasLimit: 20_999n })), failsWith(-32000, /^intrinsic gas too low/));
  await assert.rejects(
    send(key, transfer(1, { value: parseEther('20000') })),
    failsWith(-32000, /^insufficient funds for gas \* price \+ value/),
  );
  await assert.rejects(send(Wallet.createRandom(), transfer(0)), failsWith(-32000, /^insufficient funds for gas \* price \+ value/));
  await assert.rejects(send(key, transfer(1, { chainId: 1 })), failsWith(-32000, /chain id/i));
  await assert.rejects(
    node.rpc('eth_sendTransaction', { from: key.address, to: key.address, maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x77359401' }),
    failsWith(-32000, /^max priority fee per gas higher than max fee per gas/),
  );
  await assert.rejects(send(key, transfer(1, { gasLimit: 2n ** 24n + 1n })), failsWith(-32000, /^transaction gas limit too high/));
  await assert.rejects(node.rpc('eth_sendRawTransaction', '0x'), failsWith(-32000, /./));
  await assert.rejects(node.rpc('eth_sendRawTransaction', '0x02c0'), failsWith(-32000, /./));
  await assert.rejects(node.rpc('eth_sendRawTransaction', '0x7fc0'), failsWith(-32000, /./));
  assert.equal(await node.rpc('eth_getTransactionCount', key.address, 'latest'), '0x1');
});

test('the pool: known, replaced, waiting', () =>
  withNode(['--no-mining'], async (other) => {
    const key = keys[0];
    const raw = (tx) => key.signTransaction(tx).then((bytes) => other.rpc('eth_sendRawTransaction', bytes));
    await raw(transfer(0));
    await assert.rejects(raw(transfer(0)), failsWith(-32000, 'already known'));
    await assert.rejects(raw(transfer(0, { value: 2n })), failsWith(-32000, /^replacement transaction underpriced/));
    const better = await raw(transfer(0, { value: 2n, maxFeePerGas: 6_000_000_000n, maxPriorityFeePerGas: 2_000_000_000n }));
    await raw(transfer(2)); // waits for nonce 1
    await other.rpc('evm_mine');
    const block = await other.rpc('eth_getBlockByNumber', 'latest', false);
    assert.deepEqual(block.transactions, [better]);
    await raw(transfer(1));
    await other.rpc('evm_mine');
    assert.equal((await other.rpc('eth_getBlockByNumber', 'latest', false)).transactions.length, 2);
  }));

test('failed executions: code 3 with data for a revert, -32000 for a halt', async () => {
  for (const machine of ['evm', 'pvm']) {
    const abi = interfaceOf('Failures');
    await node.rpc('anvil_setCode', accounts[7], deployedOf('Failures', machine));
    const run = (fn, args = [], more = {}) =>
      node.rpc('eth_call', { to: accounts[7], data: abi.encodeFunctionData(fn, args), ...more }, 'latest');
    await assert.rejects(run('withReason'), failsWith(3, 'execution reverted: plain reason'));
    await assert.rejects(run('withoutReason'), (error) => error.code === 3 && error.message === 'execution reverted' && error.data === '0x');
    await assert.rejects(run('withCustom', [7]), (error) => {
      assert.equal(error.message, 'execution reverted');
      assert.deepEqual([...abi.parseError(error.data).args], [7n, 'custom']);
      return true;
    });
    await assert.rejects(run('assertion'), failsWith(3, 'execution reverted: assert(false)'));
    await assert.rejects(run('overflow', [1]), failsWith(3, 'execution reverted: arithmetic underflow or overflow'));
    await assert.rejects(run('divide', [1, 0]), failsWith(3, 'execution reverted: division or modulo by zero'));
    await assert.rejects(run('enumeration', [9]), failsWith(3, 'execution reverted: enum overflow'));
    await assert.rejects(run('index', [0]), failsWith(3, 'execution reverted: out-of-bounds access of an array or bytesN'));
    await assert.rejects(run('invalid'), (error) => error.code === -32000 && error.data === undefined);
    await assert.rejects(run('spinPure', [], { gas: '0x30d40' }), failsWith(-32000, 'out of gas'));
    await assert.rejects(
      node.rpc('eth_estimateGas', { to: accounts[7], data: abi.encodeFunctionData('withReason') }),
      failsWith(3, 'execution reverted: plain reason'),
    );
    await assert.rejects(
      node.rpc('eth_estimateGas', { to: accounts[7], data: abi.encodeFunctionData('spinPure'), gas: '0x30d40' }),
      failsWith(-32000, 'gas required exceeds allowance (200000)'),
    );
  }
  await assert.rejects(node.rpc('eth_getBalance', accounts[0], '0xffffff'), failsWith(-32000, 'header not found'));
  await assert.rejects(
    node.rpc('eth_call', { from: Wallet.createRandom().address, to: accounts[0], value: '0x1' }),
    failsWith(-32000, /^insufficient funds for gas \* price \+ value/),
  );
});

// --- shapes that clients send --------------------------------------------------------------------

test('transaction objects as clients write them', async () => {
  const counter = interfaceOf('Counter');
  const code = codeOf('Counter', 'evm');
  for (const tx of [
    { from: accounts[3], to: null, input: code, data: code, chainId: '0x7a69', type: '0x2' },
    { from: accounts[3], data: code, chain: 'mainnet', hardfork: 'london', networkId: '0x7a69' },
    { from: accounts[3], data: code, accessList: [], gasPrice: '0x77359400', nonce: null },
  ]) {
    const receipt = await node.rpc('eth_getTransactionReceipt', await node.rpc('eth_sendTransaction', tx));
    assert.equal(receipt.status, '0x1');
    const call = { to: receipt.contractAddress, input: counter.encodeFunctionData('number') };
    for (const tag of ['latest', 'pending', 'safe', 'finalized', receipt.blockNumber, { blockHash: receipt.blockHash }, { blockNumber: receipt.blockNumber }])
      assert.equal(await node.rpc('eth_call', call, tag), `0x${'0'.repeat(64)}`);
    assert.equal(await node.rpc('eth_call', call, 'earliest'), '0x');
    assert.equal(BigInt(await node.rpc('eth_estimateGas', { ...call, from: null }, 'pending')) > 21_000n, true);
  }
  await assert.rejects(
    node.rpc('eth_call', { to: accounts[0], data: '0x01', input: '0x02' }),
    failsWith(-32602, /both "data" and "input"|"input" and "data"/),
  );
});

test('blocks, transactions and receipts agree with each other', async () => {
  const hash = await send(keys[4], transfer(0));
  const tx = await node.rpc('eth_getTransactionByHash', hash);
  const block = await node.rpc('eth_getBlockByHash', tx.blockHash, true);
  assert.deepEqual(block.transactions, [tx]);
  assert.deepEqual(await node.rpc('eth_getBlockByNumber', tx.blockNumber, true), block);
  assert.deepEqual(await node.rpc('eth_getTransactionByBlockHashAndIndex', tx.blockHash, '0x0'), tx);
  assert.deepEqual(await node.rpc('eth_getTransactionByBlockNumberAndIndex', tx.blockNumber, '0x0'), tx);
  assert.equal(await node.rpc('eth_getTransactionByBlockNumberAndIndex', tx.blockNumber, '0x1'), null);
  assert.equal(await node.rpc('eth_getBlockTransactionCountByHash', tx.blockHash), '0x1');
  assert.equal(await node.rpc('eth_getBlockTransactionCountByNumber', tx.blockNumber), '0x1');
  const receipt = await node.rpc('eth_getTransactionReceipt', hash);
  assert.deepEqual(await node.rpc('eth_getBlockReceipts', tx.blockNumber), [receipt]);
  assert.equal(receipt.effectiveGasPrice, tx.gasPrice);
  assert.equal(BigInt(tx.gasPrice), BigInt(block.baseFeePerGas) + 1_000_000_000n);
  assert.equal(block.gasUsed, receipt.gasUsed);
  const parent = await node.rpc('eth_getBlockByHash', block.parentHash, false);
  assert.equal(BigInt(parent.number) + 1n, BigInt(block.number));
  assert.equal(await node.rpc('eth_getBlockByHash', id('none'), false), null);
  assert.equal(await node.rpc('eth_getTransactionByHash', id('none')), null);
});

test('eth_fillTransaction gives what eth_sendTransaction would sign', async () => {
  const { raw, tx } = await node.rpc('eth_fillTransaction', { from: accounts[5], to: accounts[6], value: '0x5' });
  assert.equal(tx.gas, '0x5208');
  assert.equal(tx.nonce, '0x0');
  assert.ok(raw.startsWith('0x02'));
  const hash = await node.rpc('eth_sendTransaction', { from: accounts[5], to: accounts[6], value: '0x5' });
  const sent = await node.rpc('eth_getTransactionByHash', hash);
  for (const field of ['gas', 'nonce', 'to', 'value', 'input', 'type', 'chainId', 'maxFeePerGas', 'maxPriorityFeePerGas'])
    assert.deepEqual(tx[field], sent[field], field);
});

test('about the node', async () => {
  assert.match(await node.rpc('web3_clientVersion'), /^tandem\//);
  assert.equal(await node.rpc('net_version'), '31337');
  assert.equal(await node.rpc('net_listening'), true);
  assert.equal(await node.rpc('eth_syncing'), false);
  assert.deepEqual(await node.rpc('eth_accounts'), accounts);
  assert.equal((await node.rpc('anvil_nodeInfo')).environment.chainId, '0x7a69');
  assert.equal((await node.rpc('hardhat_metadata')).chainId, 31337);
});

// --- logs and filters ----------------------------------------------------------------------------

test('eth_getLogs: addresses, topics with null and alternatives, ranges', () =>
  withNode([], async (other) => {
    const me = other.accounts[0].address;
    const run = async (tx) => other.rpc('eth_getTransactionReceipt', await other.rpc('eth_sendTransaction', { from: me, ...tx }));
    const { contractAddress: address } = await run({ data: codeOf('Events', 'pvm') });
    const events = interfaceOf('Events');
    for (const v of [1, 2, 3]) await run({ to: address, data: events.encodeFunctionData('all', [v]) });
    const logs = (filter) => other.rpc('eth_getLogs', { fromBlock: '0x0', ...filter });
    const topic = (name) => events.getEvent(name).topicHash;
    const word = (n) => `0x${n.toString(16).padStart(64, '0')}`;
    assert.equal((await logs({})).length, 21);
    assert.equal((await logs({ address })).length, 21);
    assert.equal((await logs({ address: [me, address] })).length, 21);
    assert.equal((await logs({ address: me })).length, 0);
    assert.equal((await logs({ address: [] })).length, 21);
    assert.equal((await logs({ topics: [topic('One')] })).length, 3);
    assert.equal((await logs({ topics: [topic('One'), word(2)] })).length, 1);
    assert.equal((await logs({ topics: [[topic('One'), topic('Two')], [word(2), word(3)]] })).length, 4);
    assert.equal((await logs({ topics: [null, word(2)] })).length, 3);
    assert.equal((await logs({ topics: [null, null, null, null] })).length, 3);
    assert.equal((await logs({ topics: [] })).length, 21);
    assert.equal((await logs({ fromBlock: '0x2', toBlock: '0x3' })).length, 14);
    assert.equal((await logs({ fromBlock: 'latest' })).length, 7);
    const [first] = await logs({ fromBlock: '0x3', toBlock: '0x3' });
    assert.equal((await other.rpc('eth_getLogs', { blockHash: first.blockHash })).length, 7);
    assert.deepEqual(first, (await other.rpc('eth_getTransactionReceipt', first.transactionHash)).logs[0]);
    await assert.rejects(other.rpc('eth_getLogs', { fromBlock: '0x3', toBlock: '0x1' }), /invalid block range/);
  }));

test('filters tell each thing once', async () => {
  const [blocks, pending] = [await node.rpc('eth_newBlockFilter'), await node.rpc('eth_newPendingTransactionFilter')];
  const logs = await node.rpc('eth_newFilter', { fromBlock: 'latest' });
  const hash = await node.rpc('eth_sendTransaction', { from: accounts[6], data: codeOf('Token', 'evm') + interfaceOf('Token').encodeDeploy(['T', 'T', 5]).slice(2) });
  const receipt = await node.rpc('eth_getTransactionReceipt', hash);
  assert.deepEqual(await node.rpc('eth_getFilterChanges', blocks), [receipt.blockHash]);
  assert.deepEqual(await node.rpc('eth_getFilterChanges', pending), [hash]);
  assert.deepEqual(await node.rpc('eth_getFilterChanges', logs), receipt.logs);
  for (const filter of [blocks, pending, logs]) assert.deepEqual(await node.rpc('eth_getFilterChanges', filter), []);
  assert.equal(await node.rpc('eth_uninstallFilter', logs), true);
  assert.equal(await node.rpc('eth_uninstallFilter', logs), false);
  await assert.rejects(node.rpc('eth_getFilterChanges', logs), failsWith(-32000, 'filter not found'));
});
