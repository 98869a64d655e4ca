// Runs a random program under qemu-arm and tsemu, and tells where their records part.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arm } from '../../../src/guests/arm/index.ts';
import { launcher } from '../../support/guest.ts';
import { testGuest } from '../../support/guests.ts';
import { run, type Ran } from '../run.ts';
import { CODE } from '../program.ts';
import { RECORD, layOut, type Block, type Laid } from './layout.ts';
import type { Tree } from './tree.ts';

export type Verdict = {
  /** In words, or null when there is no difference. */
  readonly difference: string | null;
  /** Records that were written, and about how many instructions of the operations ran. */
  readonly records: number;
  readonly executed: number;
};

const SHOWN = 12;
const SIGILL = 4, ILL_ILLOPC = 1;

const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(Uint8Array.from(bytes.subarray(0, bytes.length & ~3)).buffer);
const hex = (n: number | undefined): string => (n === undefined ? 'missing' : n.toString(16).padStart(8, '0'));
const names = ['of', 'si_code', 'si_addr', 'fpscr', 'cpsr', ...Array.from({ length: 16 }, (_, i) => `r${i}`), ...Array.from({ length: 64 }, (_, i) => `d${i >> 1}.${i & 1 ? 'high' : 'low'}`)];
/** Of CPSR: NZCVQ, GE, IT, T. */
const masks: Readonly<Record<string, number>> = { cpsr: 0xfe0f_fc20 };

const instructionsOf = ({ ops, thumb }: Block): number => ops.reduce((sum, { units, registers }) =>
  sum + 2 * Object.keys(registers).length + (thumb ? units.filter((half, i) => i === 0 || units[i - 1]! >>> 11 < 0x1d).length : units.length), 0);

/** The code of a block as text. */
function listing({ bytes }: Laid, block: Block): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const file = (address: number): number => address - CODE + 0x1000;
  const fetch = { u16: (a: number) => view.getUint16(file(a), true), u32: (a: number) => view.getUint32(file(a), true), u8: (a: number) => view.getUint8(file(a)) };
  const lines: string[] = [];
  for (let at = block.from; at < block.to;) {
    const { text, bytes: length } = arm.disassemble(at | (block.thumb ? 1 : 0), fetch);
    lines.push(`    ${at.toString(16)}  ${text}`);
    at += length;
  }
  return lines.join('\n');
}

function explain(laid: Laid, actual: Uint32Array, wanted: Uint32Array): string | null {
  const length = Math.max(actual.length, wanted.length);
  for (let at = 0; at < length; at++) {
    if (actual[at] === wanted[at]) continue;
    const record = Math.floor(at / RECORD), first = record * RECORD;
    const isRecord = wanted[first] !== undefined && (laid.blocks.has(wanted[first]!) || wanted[first]! < 32);
    if (!isRecord) return `word ${at} of ${wanted.length}: ${hex(actual[at])}, wanted ${hex(wanted[at])}`;
    const found = names.flatMap((name, k) => {
      const mask = masks[name] ?? 0xffffffff;
      const [a, w] = [actual[first + k], wanted[first + k]];
      // Linux answers every instruction that is none with ILL_ILLOPC, qemu-arm with ILL_ILLOPN.
      if (name === 'si_code' && wanted[first] === SIGILL) return a === ILL_ILLOPC ? [] : [`si_code ${hex(a)}, wanted ${ILL_ILLOPC}`];
      return a !== undefined && ((a ^ w!) & mask) === 0 ? [] : [`${name} ${hex(a)}, wanted ${hex(w)}`];
    });
    if (found.length === 0) { at = first + RECORD - 1; continue; }
    const block = laid.blocks.get(wanted[first]!);
    const what = block === undefined ? `signal ${wanted[first]} at ${hex(wanted[first + 20])}` : `the block at ${hex(block.from)}`;
    const text = block === undefined ? '' : `\n${listing(laid, block)}`;
    const before = record === 0 ? '' : `\n    before: ${names.map((name, k) => `${name}=${hex(wanted[first - RECORD + k])}`).join(' ')}`;
    return `record ${record}, ${what}: ${found.slice(0, SHOWN).join('; ')}${found.length > SHOWN ? '; …' : ''}${text}${before}`;
  }
  return null;
}

function executedBy(laid: Laid, period: number, records: Uint32Array): number {
  let sum = 0;
  for (let at = 0; at + RECORD <= records.length; at += RECORD) {
    const block = laid.blocks.get(records[at]!);
    if (block !== undefined) sum += period * instructionsOf(block);
  }
  return sum;
}

/** Compares tsemu in these tiers with qemu-arm. */
export function check(tree: Tree, tiers: readonly string[]): Verdict {
  const laid = layOut(tree);
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-random-'));
  try {
    const path = join(folder, 'program');
    writeFileSync(path, laid.bytes, { mode: 0o755 });
    const qemu = run(['qemu-arm', '-cpu', 'max', path], folder, {});
    const wanted = words(qemu.output);
    const verdict = (difference: string | null): Verdict => ({ difference, records: Math.floor(wanted.length / RECORD), executed: executedBy(laid, tree.period, wanted) });
    if (qemu.end !== '0') return verdict(`qemu-arm ended ${qemu.end}: ${qemu.stderr}`);
    for (const tier of tiers) {
      const ran: Ran = run([launcher(testGuest('arm')), path], folder, tier === 'auto' ? {} : { TSEMU_TIER: tier });
      const difference = explain(laid, words(ran.output), wanted) ?? (ran.end === '0' ? null : 'the same output');
      if (difference !== null) return verdict(`tier ${tier}, ended ${ran.end}${ran.stderr === '' ? '' : `: ${ran.stderr.slice(0, 600)}`}: ${difference}`);
    }
    return verdict(null);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
