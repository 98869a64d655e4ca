// Runs a program made for these tests under tsemu and under qemu-riscv.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Xlen } from '../../src/guests/riscv/state.ts';

export type Ran = { readonly output: Uint8Array; readonly end: string };
const bin = join(__dirname, '../../bin');

function run(command: readonly string[], folder: string, env: Readonly<Record<string, string>>): Ran {
  const file = join(folder, 'output');
  const fd = openSync(file, 'w');
  try {
    const { status, signal, stderr } = spawnSync(command[0]!, command.slice(1), { stdio: ['ignore', fd, 'pipe'], timeout: 120_000, env: { ...process.env, ...env } });
    return { output: readFileSync(file), end: `${signal ?? status} ${String(stderr).slice(0, 400)}`.trim() };
  } finally { closeSync(fd); }
}

export function runBoth(xlen: Xlen, tier: string, program: Uint8Array): { tsemu: Ran; qemu: Ran } {
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-instructions-'));
  try {
    const path = join(folder, 'program');
    writeFileSync(path, program, { mode: 0o755 });
    return {
      qemu: run([`qemu-riscv${xlen}`, '-cpu', `rv${xlen},Zfh=true`, path], folder, {}),
      tsemu: run([join(bin, `tsemu-riscv${xlen}`), path], folder, { TSEMU_TIER: tier }),
    };
  } finally { rmSync(folder, { recursive: true, force: true }); }
}
