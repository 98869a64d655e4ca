// Cases for the rows of the RISC-V tables: random operands, with memory instructions aimed at the case's scratch memory.
import { decoder } from '../../src/guests/riscv/decode.ts';
import type { Xlen } from '../../src/guests/riscv/state.ts';
import { encode, type Row } from '../../src/translate/pattern.ts';
import type { Random } from './program.ts';
import { TP, assembler, type RiscvBuilt, type RiscvCase, type RiscvPlace } from './riscv-program.ts';

/** Rows that have no random case, and why. */
export const without: Readonly<Record<string, string>> = {
  ecall: 'ends or blocks the program', ebreak: 'ends the program', c_ebreak: 'ends the program', cbo_inval: 'not for users',
  ctzw: 'qemu-riscv 7.2 is wrong for a word that is zero',
  wrs_nto: 'qemu-riscv 7.2 has no Zawrs', wrs_sto: 'qemu-riscv 7.2 has no Zawrs',
  cbo_clean: 'qemu-riscv 7.2 has no cache operations', cbo_flush: 'qemu-riscv 7.2 has no cache operations', cbo_zero: 'qemu-riscv 7.2 has no cache operations',
  czero_eqz: 'qemu-riscv 7.2 has no Zicond', czero_nez: 'qemu-riscv 7.2 has no Zicond',
  mop_r: 'qemu-riscv 7.2 has no Zimop', mop_rr: 'qemu-riscv 7.2 has no Zimop', c_mop: 'qemu-riscv 7.2 has no Zcmop',
  ...Object.fromEntries(['lbu', 'lhu', 'lh', 'sb', 'sh', 'mul', 'zext_b', 'sext_b', 'zext_h', 'sext_h', 'zext_w', 'not'].map((name) => [`c_${name}`, 'qemu-riscv 7.2 has no Zcb'])),
  amocas_w: 'qemu-riscv 7.2 has no Zacas', amocas_d: 'qemu-riscv 7.2 has no Zacas', amocas_q: 'qemu-riscv 7.2 has no Zacas',
  ...Object.fromEntries(['fli', 'fminm', 'fmaxm', 'fround', 'froundnx', 'fleq', 'fltq', 'fcvtmod_w_d', 'fmvh_x_d', 'fmvp_d_x'].map((name) => [name, 'qemu-riscv 7.2 has no Zfa'])),
};

type Operands = Record<string, number>;
const isX = (name: string): boolean => /^r(d|s\d)$/.test(name);
const jumps = /^(jal|jalr|b(eq|ne|lt|ge|ltu|geu)|c_(j|jr|jal|jalr|beqz|bnez))$/;
const memory = /^(l[bhwd]u?|s[bhwd]|f[ls][hwd]|lr_|sc_|amo|c_f?[ls][wd](sp)?$)/;
const STACK = 2, FFLAGS = 1;

function operandsOf(next: Random, row: Row): Operands {
  const o: Operands = {};
  for (const f of row.fields) {
    const width = Math.max(...f.pieces.map((p) => p.to + p.width));
    o[f.name] = width === 32 ? next() : next() % 2 ** width;
    if (isX(f.name)) while (o[f.name] === TP) o[f.name] = next() % 32;
  }
  if ('rm' in o) while (o['rm'] === 5 || o['rm'] === 6) o['rm'] = next() % 8;
  if ('csr' in o) o['csr'] = 1 + next() % 3;
  return o;
}

/** The address that a memory instruction is to use. */
function aim(next: Random, row: Row, o: Operands, { scratch }: RiscvPlace): Record<number, number> {
  const atomic = /^(lr|sc|amo)/.test(row.name);
  if ('simm' in o) o['simm'] = next() % 400 - 200;
  const base = row.name.endsWith('sp') ? STACK : 'rs1p' in o ? o['rs1p']! + 8 : o['rs1']!;
  return { [base]: scratch + (atomic ? 8 * (next() % 16) : row.name.startsWith('c_') ? 0 : next() % 16) };
}

export function rowCase(xlen: Xlen, row: Row, next: Random): RiscvCase {
  const bytes = decoder(xlen).shortRows.includes(row) ? 2 : 4;
  const find = bytes === 2 ? decoder(xlen).short : decoder(xlen).long;
  const build = (place: RiscvPlace): RiscvBuilt => {
    for (let tries = 0; tries < 1000; tries++) {
      const o = operandsOf(next, row);
      const isMemory = memory.test(row.name);
      if (isMemory && (o['rs1'] === 0 || (/^(sc|amo)/.test(row.name) && o['rs1'] === o['rs2']))) continue;
      const registers = isMemory ? aim(next, row, o, place) : {};
      const word = encode(row, o);
      if (find(word)?.row !== row || (xlen === 32 && (/^c_s[rl][al]i$/.test(row.name) ? o['shamt']! > 31 : /^fcvt_(x_f|f_x)$/.test(row.name) && (o['to'] ?? o['from'])! > 1))) continue;
      if (/^fmv_[xf]_[xf]$/.test(row.name) && o['fmt'] === 1 && xlen === 32) continue;
      if (row.name === 'fcvt_f_f' && o['fmt'] === o['from']) continue;
      // A store-conditional has something to be conditional on, more often than not.
      const claim: RiscvBuilt['units'] = row.name.startsWith('sc_') && next() & 1 ? [[assembler(xlen)(row.name.replace('sc', 'lr'), { rd: 0, rs1: o['rs1']! }), 4]] : [];
      return { units: [...claim, [word, bytes]], registers, frm: next() & 1 ? 0 : next() % 5 };
    }
    throw new Error(`no operands for ${row.name}`);
  };
  return { name: row.name, build };
}

export const rowsOf = (xlen: Xlen): readonly Row[] =>
  [...decoder(xlen).rows, ...decoder(xlen).shortRows].filter((row) => !(row.name in without) && !jumps.test(row.name));

/**
 * A run of instructions, each with what those before it left: registers, flags and all. Those that access memory or may change the rounding mode are not
 * among them.
 */
export function runCase(xlen: Xlen, length: number, next: Random): RiscvCase {
  const rows = rowsOf(xlen).filter(({ name }) => !memory.test(name));
  const { long, short } = decoder(xlen);
  const build = (place: RiscvPlace): RiscvBuilt => {
    const units: (readonly [number, 2 | 4])[] = [];
    while (units.length < length) {
      const { units: [unit] } = rowCase(xlen, rows[next() % rows.length]!, next).build(place);
      const [word, bytes] = unit!;
      const { csr } = (bytes === 2 ? short : long)(word)!.row.operands(word);
      if (csr === undefined || csr === FFLAGS) units.push(unit!);
    }
    return { units, frm: next() & 1 ? 0 : next() % 5 };
  };
  return { name: 'a run of instructions', build };
}

/** A branch or jump over an instruction whose effect would be seen. */
export function jumpCases(xlen: Xlen, next: Random): RiscvCase[] {
  const a = assembler(xlen);
  const seen = [a('addi', { rd: 10, rs1: 10, simm: 1 }), 4] as const;
  const over = 8, overShort = 6;
  const branches = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'].map((name): RiscvCase => ({
    name, build: () => ({ units: [[a(name, { rs1: 5 + next() % 3, rs2: 5 + next() % 3, simm: over }), 4], seen] }),
  }));
  const equal = ['beq', 'bne', 'bge'].map((name): RiscvCase => ({ name: `${name} of one register`, build: () => ({ units: [[a(name, { rs1: 9, rs2: 9, simm: over }), 4], seen] }) }));
  return [
    ...branches, ...equal,
    { name: 'c_beqz', build: () => ({ units: [[a('c_beqz', { rs1p: 1, simm: overShort }), 2], seen], registers: { 9: next() & 1 } }) },
    { name: 'c_bnez', build: () => ({ units: [[a('c_bnez', { rs1p: 1, simm: overShort }), 2], seen], registers: { 9: next() & 1 } }) },
    { name: 'jal', build: () => ({ units: [[a('jal', { rd: next() % 4, simm: over }), 4], seen] }) },
    { name: 'c_j', build: () => ({ units: [[a('c_j', { simm: overShort }), 2], seen] }) },
    { name: 'jalr', build: ({ code }) => ({ units: [[a('jalr', { rd: [0, 1, 5, 6][next() % 4]!, rs1: 6, simm: next() & 1 }), 4], seen], registers: { 6: code + 8 } }) },
    { name: 'jalr of its own link', build: ({ code }) => ({ units: [[a('jalr', { rd: 1, rs1: 1, simm: -4 }), 4], seen], registers: { 1: code + 12 } }) },
    { name: 'ret', build: ({ code }) => ({ units: [[a('jalr', { rd: 0, rs1: 1, simm: 0 }), 4], seen], registers: { 1: code + 8 } }) },
    { name: 'auipc and jalr', build: () => ({ units: [[a('auipc', { rd: 6, simm: 0 }), 4], [a('jalr', { rd: 1, rs1: 6, simm: 12 }), 4], seen] }) },
    { name: 'c_jr', build: ({ code }) => ({ units: [[a('c_jr', { rs1: 6 }), 2], seen], registers: { 6: code + 6 } }) },
    { name: 'c_jalr', build: ({ code }) => ({ units: [[a('c_jalr', { rs1: 6 }), 2], seen], registers: { 6: code + 6 } }) },
    ...(xlen === 32 ? [{ name: 'c_jal', build: (): RiscvBuilt => ({ units: [[a('c_jal', { simm: overShort }), 2], seen] }) }] : []),
    { name: 'jal with a rounding mode', build: () => ({ units: [[a('jal', { rd: 1, simm: over }), 4], seen, [a('fadd', { fmt: 1, rd: 1, rs1: 2, rs2: 3, rm: 7 }), 4]], frm: next() % 5 }) },
  ];
}
