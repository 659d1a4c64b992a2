// SPDX-License-Identifier: Apache-2.0
//
// The contracts of tests/contracts, compiled for both machines, and the recorded EVM results.
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { AbiCoder, Interface, concat, getCreate2Address, keccak256 } from 'ethers';

import { root } from './node.js';

export const MACHINES = ['evm', 'pvm'];

const folder = path.join(root, 'tests/contracts');
const cache = new Map();

function read(name) {
  if (!cache.has(name)) cache.set(name, readFileSync(path.join(folder, name), 'utf8').trim());
  return cache.get(name);
}

export const expected = JSON.parse(read('expected.evm.json'));

/** The proxy is called through the interface of what stands behind it. */
const ABI_OF = { LogicProxy: 'LogicV2' };

export const abiOf = (name) => JSON.parse(read(`${ABI_OF[name] ?? name}.abi.json`));
export const interfaceOf = (name) => new Interface(abiOf(name));
/** What a create transaction carries, without constructor arguments. */
export const codeOf = (name, machine) => `0x${read(`${name}.${machine}.hex`)}`;
/** What eth_getCode gives after it, where no immutable is written into the code. */
export const deployedOf = (name, machine) =>
  `0x${read(machine === 'evm' ? `${name}.evm.runtime.hex` : `${name}.pvm.hex`)}`;

/** The recorded arguments are text; ABI coders want big integers, booleans and arrays. */
export function argsOf(inputs, args) {
  return inputs.map(({ type }, i) => {
    const text = args[i];
    if (type.endsWith('[]')) return text.split(',');
    if (type === 'bool') return text === 'true';
    return /^u?int/.test(type) ? BigInt(text) : text;
  });
}

/** Arguments of function `fn` (undefined: the constructor) of contract `name`. */
export function callArgs(name, fn, args) {
  const abi = interfaceOf(name);
  return argsOf((fn === undefined ? abi.deploy : abi.getFunction(fn)).inputs, args);
}

/** Address of a CREATE2 of a PolkaVM contract: the whole blob and its input stand for the init code. */
export const pvmCreate2Address = (deployer, salt, blob, types, values) =>
  getCreate2Address(
    deployer,
    salt,
    keccak256(concat([blob, AbiCoder.defaultAbiCoder().encode(types, values)])),
  );

export const REGISTRY = '0x0000000000000000000000000000000000000910';
export const REGISTRY_ABI = [
  'function uploadCode(bytes) returns (bytes32)',
  'function removeCode(bytes32)',
  'function instantiate(bytes32 codeHash, bytes input, bytes32 salt) payable returns (address)',
  'function instantiate(bytes32 codeHash, bytes input) payable returns (address)',
  'function codeInfo(bytes32) view returns (address owner, uint64 references, uint256 deposit, uint256 size)',
];
