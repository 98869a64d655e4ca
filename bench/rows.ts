// What is measured: C kernels of our own, built for the guest and for the host, and commands of a Debian.

import { source } from './source.ts';

export const FILE = 'FILE';

export type Row = {
  readonly name: string;
  /** 'vectors': with NEON where the guest is ARM; other guests run the plain loops. */
  readonly group: 'integer' | 'floating point' | 'vectors' | 'system' | 'start-up' | 'programs';
  /** Source in bench/kernels; its second argument scales it. */
  readonly kernel?: string;
  readonly args?: readonly string[];
  /** For guests that the usual arguments keep busy for too short a time. */
  readonly argsOf?: Readonly<Record<string, readonly string[]>>;
  readonly dynamic?: true;
  /** A command of the guest's Debian, and what to compare it with on the host. */
  readonly command?: readonly string[];
  readonly host?: readonly string[];
  /** The same for guests whose Debian has it elsewhere. */
  readonly commandOf?: Readonly<Record<string, readonly string[]>>;
  /** Text of a file whose path takes the place of FILE in the command. */
  readonly file?: () => string;
  /** Nothing is known from earlier runs. */
  readonly cold?: true;
  /** The command starts others, which qemu-user can do only inside a root of its own. */
  readonly children?: true;
  /** How often one measurement runs it, where one run is too short to measure. */
  readonly times?: number;
};

const kernel = (group: Row['group'], name: string, source: string, more: Partial<Row> = {}): Row => ({ name, group, kernel: source, ...more });
const loop = 'i=0; while [ $i -lt 200 ]; do env true; i=$((i+1)); done; echo $i';

/** gcc's compiler proper on 2,300 lines, to standard output. */
const cc1 = (name: string, more: Partial<Row>): Row => {
  const args = ['-quiet', '-O1', FILE, '-o', '-'];
  return {
    name, group: 'programs', file: () => source(190), command: ['/usr/lib/gcc/arm-linux-gnueabihf/12/cc1', ...args],
    commandOf: { riscv64: ['/usr/libexec/gcc/riscv64-linux-gnu/14/cc1', ...args] }, ...more,
  };
};

const python = `
class Point:
    def __init__(self, x): self.x = x
    def get(self): return self.x
names = {i: str(i) for i in range(300000)}
total = 0
for i in range(1200000):
    total += Point(i).get()
    if total & 3: total -= 1
numbers = [x ^ (x >> 3) for x in range(500000)]
numbers.sort(key=lambda x: x & 1023)
text = ''.join(chr(97 + (x & 15)) for x in numbers)
print(total, len(names), text.count('ab'), len(text.split('c')))`;
const perl = `
my ($sum, %seen) = (0);
for my $i (1 .. 5000000) { $sum += $i; $seen{$i & 1023} .= 'x' if ($i & 7) == 0 }
my @sorted = sort { $a <=> $b } map { ($_ * 7919) & 65535 } 1 .. 300000;
my ($text, $words) = ('abc def ghi ' x 200000, 0);
$words++ while $text =~ /(\\w+)\\s/g;
print "$sum ", scalar(keys %seen), " $sorted[0] $sorted[-1] $words\\n";`;
const sql = `
create table t(a integer primary key, b text, c integer);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000) insert into t select i, 'row ' || i, (i * 7919) % 1000 from n;
select c, count(*), max(b) from t group by c order by 2 desc, 1 limit 3;
create index tc on t(c);
select sum(a), count(distinct b) from t where c between 100 and 200;
select count(*) from t x join t y on x.a = y.c;`;

// Kernels run for two to four seconds under qemu-user: what a start costs has rows of its own.
export const rows: readonly Row[] = [
  kernel('integer', 'lists, matrices, states', 'core', { args: ['30000'] }),
  kernel('integer', 'sieve', 'sieve', { args: ['240'] }),
  kernel('integer', 'sorting', 'quicksort', { args: ['70'] }),
  kernel('integer', 'CRC-32', 'crc32', { args: ['7000'] }),
  kernel('integer', 'SHA-256', 'sha256', { args: ['600000'] }),
  kernel('integer', 'JSON parser', 'json', { args: ['800'] }),
  kernel('integer', 'byte-code interpreter', 'interpreter'),
  kernel('integer', 'LZ compression', 'lz', { args: ['500'] }),
  kernel('integer', '64-bit arithmetic', 'wide', { args: ['300000'], argsOf: { riscv64: ['4000000'] } }),
  kernel('integer', 'strings', 'strings', { args: ['1200'] }),
  kernel('integer', 'calls (fib, tak)', 'fib'),
  kernel('integer', 'indirect calls', 'indirect', { args: ['500000'] }),
  kernel('floating point', 'matrix product', 'matrix', { args: ['42'] }),
  kernel('floating point', 'Mandelbrot', 'mandelbrot', { args: ['1040'] }),
  kernel('floating point', 'n bodies', 'nbody', { args: ['1200000'] }),
  kernel('vectors', 'pixels (bytes)', 'neon-pixels', { args: ['1800'] }),
  kernel('vectors', 'filter (halfwords)', 'neon-filter', { args: ['2100'] }),
  kernel('vectors', 'vectors (floats)', 'neon-floats', { args: ['9000'] }),
  kernel('start-up', 'static hello ×10', 'hello', { times: 10 }),
  kernel('start-up', 'dynamic hello ×10', 'hello', { dynamic: true, times: 10 }),
  { name: 'python3 -c pass', group: 'start-up', command: ['/usr/bin/python3', '-c', 'pass'] },
  { name: 'shell loop, 200 commands', group: 'start-up', command: ['/usr/bin/dash', '-c', loop], host: ['/bin/sh', '-c', loop], children: true },
  { name: 'python3', group: 'programs', command: ['/usr/bin/python3', '-c', python] },
  { name: 'perl', group: 'programs', command: ['/usr/bin/perl', '-e', perl] },
  { name: 'sqlite3', group: 'programs', command: ['/usr/bin/sqlite3', ':memory:', sql] },
  { name: 'gzip -9', group: 'programs', command: ['/usr/bin/gzip', '-9', '-c', '/usr/bin/perl', '/usr/bin/perl', '/usr/bin/perl', '/usr/bin/perl'] },
  { name: 'xz -4', group: 'programs', command: ['/usr/bin/xz', '-4', '-c', '-T1', '/usr/bin/perl'] },
  { name: 'openssl sha256', group: 'programs', command: ['/usr/bin/openssl', 'dgst', '-sha256', ...Array<string>(80).fill('/usr/bin/perl')] },
  cc1('gcc, cold cache', { cold: true }),
  cc1('gcc, warm cache', {}),
  kernel('system', 'getpid', 'getpid'),
  kernel('system', 'read and write', 'read-write'),
  kernel('system', 'pipe ping-pong', 'ping-pong'),
  kernel('system', 'map and unmap', 'mapping'),
  kernel('system', 'fork and wait', 'fork'),
  kernel('system', 'thread create and join', 'threads'),
  kernel('system', 'mutex and atomics, 4 threads', 'locks'),
  kernel('system', 'signal delivery', 'signals'),
];
