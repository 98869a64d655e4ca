// Instructions as text, in the manual's assembly syntax as far as the operands' names tell; for logs.
import { printInstruction } from '../../translate/pattern.ts';
import type { Location } from '../../translate/ir.ts';
import type { Fetch } from '../guest.ts';
import { decodeAt, type Decoded } from './decode.ts';
import { longOffset } from './semantics/branch.ts';
import { conditionNames } from './semantics/flags.ts';
import { immediateValue } from './semantics/shift.ts';

type Operands = Readonly<Record<string, number>>;
type Place = { readonly thumb: boolean; /** What reading r15 gives. */ readonly pc: number };

const registers = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'ip', 'sp', 'lr', 'pc'] as const;
const shifts = ['lsl', 'lsr', 'asr', 'ror'] as const;
const prefixes = { a32: ['', 's', 'q', 'sh', '', 'u', 'uq', 'uh'], t32: ['s', 'q', 'sh', '', 'u', 'uq', 'uh', ''] } as const;
/** Bits that are part of the mnemonic, as their rows' names leave them out. */
const barrierOptions: Readonly<Record<number, string>> = { 15: 'sy', 14: 'st', 13: 'ld', 11: 'ish', 10: 'ishst', 9: 'ishld', 7: 'nsh', 6: 'nshst', 5: 'nshld', 3: 'osh', 2: 'oshst', 1: 'oshld' };
const hints: Readonly<Record<number, string>> = { 0: 'nop', 1: 'yield', 2: 'wfe', 3: 'wfi', 4: 'sev', 5: 'sevl', 20: 'csdb' };

const reg = (n: number): string => registers[n]!;
const address = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** ", lsl #3", or nothing. */
function shift(o: Operands): string {
  const { type = 0, imm5 = o['imm2'] ?? 0 } = o;
  if (imm5 === 0) return type === 0 ? '' : type === 3 ? ', rrx' : `, ${shifts[type]} #32`;
  return `, ${shifts[type]} #${imm5}`;
}

function registerList(mask: number): string {
  const runs: string[] = [];
  for (let i = 0; i < 16; i++) {
    if (!((mask >>> i) & 1)) continue;
    const from = i;
    while (i < 12 && (mask >>> (i + 1)) & 1) i++;
    runs.push(i > from ? `${reg(from)}-${reg(i)}` : reg(from));
  }
  return `{${runs.join(', ')}}`;
}

/** [Rn, #4]!, [Rn], #4, [Rn, Rm, lsl #2] … */
function memory(o: Operands, base: number): string {
  const { P = 1, U = 1, W = 0 } = o;
  const minus = U ? '' : '-';
  const constant = o['imm12'] ?? o['imm8'] ?? o['imm'] ?? 0;
  const offset = 'Rm' in o ? `${minus}${reg(o['Rm']!)}${shift(o)}` : constant === 0 && U ? '' : `#${minus}${constant}`;
  if (!P) return `[${reg(base)}]${offset && `, ${offset}`}`;
  return `[${reg(base)}${offset && `, ${offset}`}]${W ? '!' : ''}`;
}

/** The second operand of data processing. */
function second(o: Operands, place: Place): string[] {
  if ('imm12' in o) return [`#${immediateValue(place.thumb, o['imm12']!) | 0}`];
  for (const name of ['imm16', 'imm8', 'imm3', 'imm']) if (name in o) return [`#${o[name]}`];
  if ('Rs' in o) return [`${reg(o['Rm']!)}, ${shifts[o['type']!]} ${reg(o['Rs']!)}`];
  return 'Rm' in o ? [`${reg(o['Rm']!)}${shift(o)}`] : [];
}

const target = (o: Operands, { pc }: Place): string => address(pc + o['imm']!);
/** BLX counts from the aligned address when it is Thumb's; the long Thumb branches hide two bits of their offset. */
function branchTarget(o: Operands, { pc, thumb }: Place, exchange: boolean): string {
  const offset = 'J1' in o ? longOffset(o as Parameters<typeof longOffset>[0]) : o['simm']!;
  return address((exchange && thumb ? pc & ~3 : pc) + offset);
}
const named = (o: Operands, ...names: string[]): string => names.filter((n) => n in o).map((n) => reg(o[n]!)).join(', ');

type Format = readonly [names: RegExp, text: (o: Operands, place: Place, name: string) => string];
/** By row name; the first that fits. */
const formats: readonly Format[] = [
  [/^(b|b_cond|bl|blx_imm)$/, (o, place, name) => branchTarget(o, place, name === 'blx_imm')],
  [/^cbn?z$/, (o, place) => `${reg(o['Rn']!)}, ${target(o, place)}`],
  [/^(bxj?|blx_reg)$/, (o) => reg(o['Rm']!)],
  [/^(svc|bkpt|udf)$/, (o) => `#${o['imm24'] ?? o['imm16'] ?? o['imm8']}`],
  [/^tbb$/, (o) => `[${reg(o['Rn']!)}, ${reg(o['Rm']!)}${o['H'] ? ', lsl #1' : ''}]`],
  [/^(push|pop)$/, (o) => registerList(o['registers']!)],
  [/^(ldm|stm)/, (o) => `${reg(o['Rn']!)}${o['W'] ? '!' : ''}, ${registerList(o['registers']!)}`],
  [/^ldr\w*_lit$/, (o, { pc }) => `${reg(o['Rt']!)}, [pc, #${o['U'] === 0 ? '-' : ''}${o['imm12'] ?? o['imm']}] @ ${address((pc & ~3) + (o['U'] === 0 ? -1 : 1) * (o['imm12'] ?? o['imm'] ?? 0))}`],
  [/^(st[rl]ex|ldrex|ldaex|lda|stl|swp)/, (o) => [named(o, ...('Rd' in o ? ['Rd', 'Rt', 'Rt2'] : ['Rt', 'Rt2'])), memory({ imm: o['imm'] ?? 0 }, o['Rn']!)].join(', ')],
  [/^(ldr|str)\w*_sp$/, (o) => `${reg(o['Rt']!)}, ${memory(o, 13)}`],
  [/^(ldr|str)/, (o) => `${named(o, 'Rt', 'Rt2')}, ${memory(o, o['Rn']!)}`],
  [/^(pld|pli)/, (o) => memory(o, o['Rn']!)],
  [/^(dsb|dmb|isb)$/, (o) => barrierOptions[o['option']!] ?? `#${o['option']}`],
  [/^(clrex|sb|hint|cps)$/, () => ''],
  [/^(mrc|mcr)$/, (o) => `p15, ${o['opc1']}, ${reg(o['Rt']!)}, c${o['CRn']}, c${o['CRm']}, ${o['opc2']}`],
  [/^mrs$/, (o) => `${reg(o['Rd']!)}, cpsr`],
  [/^msr/, (o, place) => `cpsr_${[...'fsxc'].filter((_, i) => o['mask']! & (8 >> i)).join('')}, ${'Rn' in o ? reg(o['Rn']!) : second(o, place)[0]}`],
  [/^[su]bfx$/, (o) => `${named(o, 'Rd', 'Rn')}, #${o['lsb']}, #${o['widthm1']! + 1}`],
  [/^bfi$/, (o) => `${o['Rn'] === 15 ? reg(o['Rd']!) : named(o, 'Rd', 'Rn')}, #${o['lsb']}, #${o['msb']! - o['lsb']! + 1}`],
  [/^[su]sat/, (o, _, name) => `${reg(o['Rd']!)}, #${o['sat_imm']! + (name.startsWith('s') ? 1 : 0)}, ${reg(o['Rn']!)}${shift({ imm5: o['imm5'] ?? 0, type: o['sh'] ? 2 : 0 })}`],
  [/^[su]xta?/, (o) => `${o['Rn'] === 15 ? named(o, 'Rd', 'Rm') : named(o, 'Rd', 'Rn', 'Rm')}${o['rotate'] ? `, ror #${8 * o['rotate']}` : ''}`],
  [/^adr$/, (o, { pc }) => `${reg(o['Rd']!)}, ${address((pc & ~3) + o['imm']!)}`],
  [/^(add|sub)_sp/, (o) => `${'Rd' in o ? reg(o['Rd']!) : 'sp'}, sp, #${o['imm']}`],
  [/^(mul|mla|mls|sml|smm|smu|uma|umu|usada8|sdiv|udiv|crc32)/, (o) => named(o, 'RdLo', 'RdHi', 'Rd', 'Rdm', 'Rn', 'Rm', 'Ra')],
  [/^q(d?add|d?sub)$/, (o) => named(o, 'Rd', 'Rm', 'Rn')],
  [/^(and|eor|sub|rsb|add|adc|sbc|rsc|orr|orn|mov|bic|mvn|tst|teq|cmp|cmn|lsl|lsr|asr|ror|shift|pkh|sel|rev|rbit|clz|par|movw|movt)/,
    (o, place) => [named(o, 'Rd', 'Rdn', 'Rn'), ...second(o, place)].filter((part) => part !== '').join(', ')],
];

function mnemonic(name: string, o: Operands, { thumb }: Place): string {
  if (name === 'hint') return hints[o['hint']!] ?? `hint #${o['hint']}`;
  if (name === 'it') return `it${thenElse(o['cond']!, o['mask']!)} ${conditionNames[o['cond']!]}`;
  if (name === 'tbb' && o['H']) return 'tbh';
  if (name === 'bfi' && o['Rn'] === 15) return 'bfc';
  if (name === 'shift_reg') return `${shifts[o['type']!]}${o['S'] ? 's' : ''}`;
  const { cond = 14 } = o;
  if (/^[su]xta/.test(name) && o['Rn'] === 15) name = name.replace('xta', 'xt');
  const base = name.startsWith('par_') ? `${prefixes[thumb ? 't32' : 'a32'][o['prefix']!]}${name.slice(4)}` : name.split('_')[0]!;
  return `${base}${o['S'] ? 's' : ''}${cond < 14 ? conditionNames[cond] : ''}`;
}

/** The T and E letters after IT. */
function thenElse(cond: number, mask: number): string {
  const last = Math.log2(mask & -mask);
  return [3, 2, 1].filter((bit) => bit > last).map((bit) => ((mask >>> bit) & 1) === (cond & 1) ? 't' : 'e').join('');
}

function text({ instruction, word, raw }: Decoded, place: Place): string {
  if (instruction === undefined) return `.word 0x${raw.replace(' ', '')}`;
  const { row } = instruction;
  const o = row.operands(word);
  const format = formats.find(([names]) => names.test(row.name));
  if (row.name !== 'it' && format === undefined) return printInstruction(row, word);
  return `${mnemonic(row.name, o, place).padEnd(7)} ${format?.[1](o, place, row.name) ?? ''}`.trimEnd();
}

export function disassemble(location: Location, fetch: Fetch): { text: string; bytes: number } {
  const decoded = decodeAt(location, fetch);
  const thumb = (location & 1) === 1;
  const place = { thumb, pc: ((location & ~1) + (thumb ? 4 : 8)) >>> 0 };
  return { text: text(decoded, place), bytes: decoded.bytes };
}
