import { parseScript } from './script.ts';

const parse = (text: string) => parseScript(Buffer.from(text, 'latin1'));

describe('parseScript', () => {
  test.each([
    ['#!/bin/sh\necho', '/bin/sh', null],
    ['#! \t /bin/sh \t \n', '/bin/sh', null],
    ['#!/usr/bin/env python3 -u\n', '/usr/bin/env', 'python3 -u'],
    ['#!/usr/bin/awk\t -f  \n', '/usr/bin/awk', '-f'],
    ['#!interp\r\n', 'interp\r', null],
    ['#!/bin/sh', '/bin/sh', null],
    ['#!/bin/sh -e', '/bin/sh', '-e'],
    ['#!/b\xe9\n', '/b\xe9', null],
    ['#!/bin/sh\0 -x\n', '/bin/sh', null],
    ['#!/bin/sh -a\0b\n', '/bin/sh', '-a'],
  ])('reads %j', (text, interpreter, argument) => expect(parse(text)).toEqual({ interpreter, argument }));

  test.each([['echo'], [''], ['#'], ['\x7fELF'], [' #!/bin/sh\n']])('sees no script in %j', (text) => expect(parse(text)).toBeNull());

  test.each([['#!\n'], ['#!  \t\n/bin/sh\n'], [`#!${' '.repeat(300)}`]])('finds no interpreter in %j', (text) => expect(parse(text)).toBe('invalid'));

  test('refuses a name that may have been cut at 256 bytes', () => {
    expect(parse(`#!/${'a'.repeat(300)}`)).toBe('invalid');
    expect(parse(`#!/${'a'.repeat(251)}\n`)).toEqual({ interpreter: `/${'a'.repeat(251)}`, argument: null });
  });

  test('cuts an argument at 256 bytes, as the kernel does', () => {
    expect(parse(`#!/bin/x ${'a'.repeat(300)}\n`)).toEqual({ interpreter: '/bin/x', argument: 'a'.repeat(246) });
  });
});
