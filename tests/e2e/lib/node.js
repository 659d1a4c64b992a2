// SPDX-License-Identifier: Apache-2.0
//
// A tandem process for one test: started on a free loopback port, ended by its pid. Every test
// owns its node, so tests do not see each other's chains.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const binary = process.env.TANDEM ?? path.join(root, 'build/release/tandem');

const START_MS = 20_000;

/** An error answer of the node: code and data as JSON-RPC has them. */
export class RpcError extends Error {
  constructor({ code, message, data }) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export class Node {
  #child;
  #lines = [];
  #stderr = '';
  #id = 0;

  /** Starts `tandem dev` with `flags`; resolves when it listens. */
  static async start(...flags) {
    const node = new Node();
    await node.#launch(flags);
    return node;
  }

  async #launch(flags) {
    const child = spawn(binary, ['dev', '--port', '0', '--json', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr.on('data', (text) => (this.#stderr += text));
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, stderr: this.#stderr }));
      child.on('error', (error) => resolve({ code: -1, signal: null, stderr: String(error) }));
    });
    this.banner = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no banner in time')), START_MS);
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#lines.push(line);
        const event = line.startsWith('{') ? JSON.parse(line) : {};
        if (event.event === 'ready') {
          clearTimeout(timer);
          resolve(event);
        }
      });
      this.ended.then(({ code, stderr }) => {
        clearTimeout(timer);
        reject(new Error(`tandem ended with ${code} before it listened: ${stderr}`));
      });
    });
    this.url = `http://127.0.0.1:${this.banner.port}`;
    this.accounts = this.banner.accounts;
  }

  get pid() {
    return this.#child.pid;
  }

  get lines() {
    return this.#lines;
  }

  /** Sends one request and gives the result; throws RpcError for an error answer. */
  async rpc(method, ...params) {
    const answer = await this.post({ jsonrpc: '2.0', id: ++this.#id, method, params });
    if (answer.json?.error) throw new RpcError(answer.json.error);
    return answer.json.result;
  }

  /** Posts a body (text, bytes, or an object as JSON); gives the HTTP status and what came back. */
  async post(body, headers = {}) {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: raw ? body : JSON.stringify(body),
    });
    const text = await response.text();
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      // not JSON: the caller looks at the text
    }
    return { status: response.status, text, json };
  }

  /** Sends a signal and waits for the end: { code, signal, ms }. */
  async end(signal = 'SIGTERM') {
    const begin = Date.now();
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    const result = await this.ended;
    clearTimeout(timer);
    return { ...result, ms: Date.now() - begin };
  }
}

/** Runs `body` with a fresh node and ends it whatever happens. */
export async function withNode(flags, body) {
  const node = await Node.start(...flags);
  try {
    return await body(node);
  } finally {
    await node.end('SIGKILL');
  }
}

/** Runs `body` with a fresh folder that is gone afterwards. */
export async function withFolder(body) {
  const folder = mkdtempSync(path.join(tmpdir(), 'tandem-e2e-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits until `check` gives something true; fails after `ms`. */
export async function until(check, ms = 10_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`nothing after ${ms} ms: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
