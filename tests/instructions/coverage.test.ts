// Every row of every decode table is exercised: the cases' words are decoded, and what no case decodes to is missed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findA32, findT16, findT32, isWide, spaces } from '../../src/guests/arm/decode.ts';
import { decoder } from '../../src/guests/riscv/decode.ts';
import { branchCases } from './branches.ts';
import { random, type Case } from './program.ts';
import { trapsOf } from './random/generate.ts';
import { integerTables, olderCases, rowCases } from './rows.ts';
import { jumpCases, rowCase as riscvCase, rowsOf, without } from './riscv-rows.ts';
import { vectorCases, vectorTables } from './vectors.ts';

const place = { code: 0x0001_0000, scratch: 0x0100_0100 };

/** Fails with the rows that are there and not in `seen`; tells how many there are. */
function expectAll(table: string, there: readonly string[], seen: ReadonlySet<string>): void {
  const missed = there.filter((row) => !seen.has(row));
  console.log(`${table}: ${there.length - missed.length} of ${there.length} rows exercised`);
  expect(missed).toEqual([]);
}

describe('arm', () => {
  /** Names of the rows that cases exercise. */
  function rowsIn(cases: readonly Pick<Case, 'thumb' | 'build'>[]): Set<string> {
    const seen = new Set<string>();
    for (const { thumb, build } of cases) {
      const { units } = build(place);
      for (let i = 0; i < units.length; i++) {
        const found = !thumb ? findA32(units[i]!) : isWide(units[i]!) ? findT32(((units[i]! << 16) | units[++i]!) >>> 0).instruction : findT16(units[i]!);
        if (found !== undefined) seen.add(found.row.name);
      }
    }
    return seen;
  }
  const next = random(1);
  const traps = (thumb: boolean): Case[] => trapsOf(thumb).map((op) => ({ ...op, thumb, build: () => op }));
  const branches = branchCases(next, 1);
  const integers = (set: string): Case[] => Object.values(integerTables).filter(([, of]) => of === set).flatMap((table) => rowCases(table, next, 3));
  const vectors = (thumb: boolean): Case[] => Object.values(vectorTables).flatMap((table) => vectorCases(table, thumb, next, 3));
  const cases = {
    A32: [...integers('A32'), ...vectors(false), ...olderCases(next, 1), ...branches.filter(({ thumb }) => !thumb), ...traps(false)],
    T16: [...integers('T16'), ...branches, ...traps(true)].filter(({ thumb }) => thumb),
    T32: [...integers('T32'), ...vectors(true), ...branches, ...traps(true)].filter(({ thumb }) => thumb),
  };
  const shared = spaces['A32 and T32'];

  test.each(Object.entries({ ...spaces.A32, ...shared }))('A32, %s', (name, { rows }) => expectAll(`A32 ${name}`, rows, rowsIn(cases.A32)));
  test.each(Object.entries(spaces.T16))('T16, %s', (name, { rows }) => expectAll(`T16 ${name}`, rows, rowsIn(cases.T16)));
  test.each(Object.entries({ ...spaces.T32, ...shared }))('T32, %s', (name, { rows }) => expectAll(`T32 ${name}`, rows, rowsIn(cases.T32)));
});

describe.each([64, 32] as const)('RV%i', (xlen) => {
  const { rows, shortRows, long, short } = decoder(xlen);
  const next = random(1);
  const seen = new Set<string>();
  for (const { build } of [...rowsOf(xlen).map((row) => riscvCase(xlen, row, next)), ...jumpCases(xlen, next)]) {
    for (const [word, bytes] of build(place).units) seen.add((bytes === 2 ? short : long)(word)!.row.name);
  }
  // What has no random case is named in the tests of what qemu-riscv does not have; each program makes system calls.
  const named = readFileSync(join(__dirname, 'riscv-newer.test.ts'), 'utf8');
  for (const row of Object.keys(without)) if (row === 'ecall' || named.includes(`'${row}'`)) seen.add(row);

  test('long', () => expectAll(`RV${xlen} long`, rows.map(({ name }) => name), seen));
  test('short', () => expectAll(`RV${xlen} short`, shortRows.map(({ name }) => name), seen));
});
