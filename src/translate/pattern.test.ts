import { decodeTable, encode, overlaps, parseRow, printInstruction, type Operands } from './pattern.ts';

const rv32i = {
  beq: 'simm[12|10:5] rs2[4:0] rs1[4:0] 000 simm[4:1|11] 1100011',
  addi: 'simm[11:0] rs1[4:0] 000 rd[4:0] 0010011',
  nop: { bits: '000000000000 00000 000 00000 0010011', before: 'addi' },
  add: '0000000 rs2[4:0] rs1[4:0] 000 rd[4:0] 0110011',
} as const;

describe('parseRow', () => {
  test('refuses a pattern of another width', () => { expect(() => parseRow('add', '0000 Rd[3:0]', 16)).toThrow('add: 8 bits, not 16'); });
  test('refuses what is neither bits nor a field', () => { expect(() => parseRow('x', '0000000000000 q!', 16)).toThrow('neither bits nor a field'); });
  test('refuses a bit named twice', () => { expect(() => parseRow('x', 'a[7:0] a[7:0]', 16)).toThrow('names a bit twice'); });
  test('refuses a reversed range', () => { expect(() => parseRow('x', 'a[0:7] 00000000', 16)).toThrow('wrong way round'); });
  test('refuses an exception for a field it lacks', () => { expect(() => parseRow('x', { bits: '00000000 a[7:0]', unless: { b: 1 } }, 16)).toThrow('no field "b"'); });
  test('joins a split immediate and extends its sign', () => {
    expect(parseRow('beq', rv32i.beq, 32).operands(0xfe209ee3 & ~0x7000)).toEqual({ simm: -4, rs2: 2, rs1: 1 });
  });
  test('reads a field as wide as the word', () => { expect(parseRow('w', 'w[31:0]', 32).operands(0x80000001)).toEqual({ w: 0x80000001 | 0 }); });
  test('does not look at should-be bits', () => {
    const row = parseRow('x', '0000 (1111) a[7:0]', 16);
    expect([row.mask, row.shouldBe]).toEqual([0xf000, 0x0f00]);
  });
});

describe('decodeTable', () => {
  const table = decodeTable(rv32i, 32);
  test('finds the row of a word', () => { expect(table.find(0x00208033)?.name).toBe('add'); });
  test('answers undefined for a word of no row', () => { expect(table.find(0)).toBeUndefined(); });
  test('puts a declared alias first', () => { expect([table.find(0x13)?.name, table.find(0x93)?.name]).toEqual(['nop', 'addi']); });
  test('tells overlaps that are not declared', () => {
    const bad = decodeTable({ a: '0000 x[11:0]', b: 'y[7:0] 00000000' }, 16);
    expect(overlaps(bad.rows)).toEqual(['a overlaps b']);
  });
  test('takes an exception by field value for what it excludes', () => {
    const ok = decodeTable({ a: { bits: '0000 x[3:0] y[7:0]', unless: { x: [14, 15] } }, b: '0000 1111 z[7:0]' }, 16);
    expect(overlaps(ok.rows)).toEqual([]);
    expect([0x0100, 0x0e00, 0x0f00].map((w) => ok.find(w)?.name)).toEqual(['a', undefined, 'b']);
  });
  test('refuses to go before an unknown row or in a circle', () => {
    expect(() => decodeTable({ a: { bits: '00000000 x[7:0]', before: 'q' } }, 16)).toThrow('no row');
    expect(() => decodeTable({ a: { bits: '00000000 x[7:0]', before: 'b' }, b: { bits: '00000000 x[7:0]', before: 'a' } }, 16)).toThrow('before itself');
  });
});

test('encode is the inverse of operands', () => {
  for (const row of decodeTable(rv32i, 32).rows) {
    const word = (row.bits | (0x5a5a5a5a & ~row.mask)) >>> 0;
    expect(encode(row, row.operands(word))).toBe(word);
  }
});

test('printInstruction names the operands', () => {
  expect(printInstruction(parseRow('addi', rv32i.addi, 32), 0xffb00293)).toBe('addi simm=-5, rs1=0, rd=5');
});

test('operand types come out of the pattern', () => {
  const operands: Operands<typeof rv32i.addi> = { simm: 1, rs1: 2, rd: 3 };
  expect(Object.keys(operands)).toEqual(Object.keys(parseRow('addi', rv32i.addi, 32).operands(0)));
});

test('rows of a table are what parseRow makes of them', () => {
  const specs = { ...rv32i, split: { bits: 'cond[3:0] 000 1111 S[0] (0000) Rd[3:0] imm[4:3|0] 00 (10) 1 rest[3:0]', unless: { cond: 15 } } };
  for (const { name, pattern, mask, bits, shouldBe, unless, before, fields } of decodeTable(specs, 32).rows) {
    const { operands: _, ...whole } = parseRow(name, specs[name as keyof typeof specs], 32);
    expect({ name, pattern, mask, bits, shouldBe, unless, before, fields }).toEqual(whole);
  }
  expect(() => decodeTable({ short: 'a[3:0]' }, 16)).toThrow('short: 4 bits, not 16');
  expect(() => decodeTable({ odd: '0000000000000 q!' }, 16)).toThrow('neither bits nor a field');
});
