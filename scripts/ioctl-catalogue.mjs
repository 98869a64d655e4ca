// Writes src/syscalls/ioctl-catalogue.ts: the ioctl requests that the kernel's own headers define by _IO, _IOR, _IOW and _IOWR, with
// what each one's argument is, and the structs that are arguments. Both come out of the cross compilers, for 32 and for 64 bits.
// The test beside it compares what src/syscalls/struct.ts makes of the declarations with the sizes and offsets measured here.
//   node scripts/ioctl-catalogue.mjs
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBtf } from './btf.mjs';

const widths = { 4: 'arm-linux-gnueabihf', 8: 'riscv64-linux-gnu' };
const include = (width) => `/usr/${widths[width]}/include`;
const folders = ['linux', 'linux/usb', 'linux/hdlc', 'linux/raid', 'linux/iio', 'linux/dvb', 'sound', 'mtd', 'scsi', 'video', 'misc', 'asm-generic', 'asm'];
/** Of the graphics drivers only what they have in common: their own commands are full of addresses inside of addresses. */
const single = ['drm/drm.h'];
/** Virtual machines' and single devices' headers, whose structs hold addresses that nobody has looked at here. */
const left = /kvm|acrn|comedi|i2o|omap|cxl|ocxl|scif|hdsp|kfd|nilfs|fastrpc|fsl_hypervisor|fsl_mc|rio_|sev|snp|isst|capi|coda|habanalabs|nitro|switchtec|seccomp|iommufd|phantom|cm4000|agpgart|cciss|chio|xilinx|mshv|vbox|vm_sockets|arcfb|sisfb|i8k|aspeed|am437x|atm|pktcdvd|gsmmux|synclink|hyperv|meye|ivtv|isdn|ndctl|pmu|watch_queue/;
/** What some headers need before them. */
const before = '#include <stddef.h>\n#include <stdint.h>\n#include <linux/types.h>\n#include <linux/ioctl.h>\n#include <sys/types.h>\n#include <sys/time.h>\n';
const work = mkdtempSync(join(tmpdir(), 'ioctls-'));

function run(command, args, input) {
  return execFileSync(command, args, { input, encoding: 'latin1', stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28 });
}

/** The names of a header's requests, each with its direction and its argument's type as text. */
function requestsOf(header) {
  const source = `${before}#include <${header}>\n`;
  const compiler = `${widths[8]}-gcc`;
  let macros;
  try { macros = run(compiler, ['-E', '-dM', '-'], source); } catch { return []; }
  const text = readFileSync(join(include(8), header), 'latin1');
  const names = [...macros.matchAll(/^#define (\w+) (.*)$/gm)]
    .filter(([, name, body]) => /^[A-Z]/.test(name) && body !== '' && new RegExp(`define\\s+${name}\\b`).test(text)).map(([, name]) => name);
  if (names.length === 0) return [];
  const undefine = ['_IO', '_IOR', '_IOW', '_IOWR', '_IOC', '_IOR_BAD', '_IOW_BAD', '_IOWR_BAD'].map((name) => `#undef ${name}\n`).join('');
  const expanded = run(compiler, ['-E', '-P', '-'], `${source}${undefine}${names.map((name) => `@@"${name}" ${name}\n`).join('')}`);
  const found = [];
  for (const [, name, body] of expanded.matchAll(/^@@"(\w+)" (.*)$/gm)) {
    const call = /^\(*(?:\(int\))?\(?_IO(R|W|WR)?(?:_BAD)?\((.*?)\)+$/.exec(body.trim());
    if (!call) continue;
    const [, way, inside] = call;
    if (way === undefined) { found.push({ name, way: 'none', type: null }); continue; }
    const third = splitTop(inside)[2];
    if (third !== undefined) found.push({ name, way: { R: 'out', W: 'in', WR: 'both' }[way], type: balance(third) });
  }
  return found;
}

function splitTop(text) {
  const parts = [''];
  let depth = 0;
  for (const c of text) {
    if (c === '(' || c === '[') depth++;
    if (c === ')' || c === ']') depth--;
    if (c === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts.map((part) => part.trim());
}
const balance = (text) => text + ')'.repeat(Math.max(0, text.split('(').length - text.split(')').length));

/** Numbers and types of the requests, as one compiler sees them; requests that do not compile are left out. */
function measure(width, header, requests) {
  const prefix = widths[width];
  const object = join(work, 'a.o'), raw = join(work, 'raw');
  const source = (list) => `${before}#include <${header}>\n`
    + list.map(({ name, type }, i) => `const unsigned int n_${i} __attribute__((section(".numbers"), used)) = ${name};\n${type === null ? '' : `__typeof__(${type}) *v_${i};\n`}`).join('');
  const compile = (list) => run(`${prefix}-gcc`, ['-w', '-gbtf', '-fno-toplevel-reorder', '-x', 'c', '-c', '-o', object, '-'], source(list));
  let list = requests;
  try { compile(list); } catch {
    list = requests.filter((one) => { try { compile([one]); return true; } catch { return false; } });
    if (list.length === 0) return [];
    compile(list);
  }
  const section = (name) => {
    run(`${prefix}-objcopy`, ['-O', 'binary', '-j', name, '--set-section-flags', `${name}=alloc`, object, raw]);
    return readFileSync(raw);
  };
  const numbers = section('.numbers');
  const btf = list.some(({ type }) => type !== null) ? readBtf(section('.BTF')) : null;
  return list.map((one, i) => ({ ...one, number: numbers.readUInt32LE(i * 4), btf, id: one.type === null ? 0 : btf.all[btf.variables[`v_${i}`]].to }));
}

// A type becomes the text that src/syscalls/ioctl-types.ts reads: "u32", "ulong*4", "bytes*16", "=name" for a struct of its own, or an object.
const structs = new Map();

/** Answers the declaration of the two views of one type. Throws when they cannot be one declaration. */
function declare(a, ida, b, idb, path) {
  const x = a.bare(ida), y = b.bare(idb);
  if (x.kind !== y.kind) throw new Error(`${path}: ${x.kind} and ${y.kind}`);
  switch (x.kind) {
    case 'int': {
      const sign = x.signed ? 'i' : 'u';
      if (x.size === y.size) return `${sign}${x.size * 8}`;
      if (x.size === 4 && y.size === 8) return x.signed ? 'long' : 'ulong';
      throw new Error(`${path}: ${x.name}`);
    }
    case 'enum': return 'u32';
    case 'float': return `bytes*${x.size}@${x.size}`;
    case 'pointer': return 'pointer';
    case 'array': {
      const of = declare(a, x.to, b, y.to, path);
      if (x.length !== y.length) throw new Error(`${path}: lengths differ`);
      if (of === 'u8' || of === 'i8') return `bytes*${x.length}`;
      if (typeof of === 'string') return `${of}*${x.length}`;
      return { '*': x.length, of };
    }
    case 'union': {
      if (!flat(a, ida, b, idb)) throw new Error(`${path}: a union whose form depends on the width`);
      return `bytes*${x.size}@${alignOf(a, ida)}`;
    }
    case 'struct': {
      const known = x.name !== '' ? `${x.name}` : '';
      if (known && structs.has(known)) {
        const { size } = structs.get(known);
        if (size[0] !== x.size || size[1] !== y.size) throw new Error(`${path}: two structs ${known}`);
        return `=${known}`;
      }
      const fields = x.members.some(({ bits }) => bits > 0) ? wholeBytes(a, ida, b, idb, path) : {};
      if (!x.members.some(({ bits }) => bits > 0)) {
        x.members.forEach((member, i) => { fields[member.name || `_${i}`] = declare(a, member.to, b, y.members[i].to, `${path}.${member.name}`); });
      }
      const bitfields = x.members.some(({ bits }) => bits > 0);
      if (!bitfields && !(natural(a, x) && natural(b, y))) {
        if (!tight(a, x) || !tight(b, y)) throw new Error(`${path}: struct ${known} is aligned in a way of its own`);
        fields['!'] = 'packed';
      }
      if (!known) return fields;
      const offsets = (type) => type.members.filter(({ bits }) => bits === 0).map(({ bit }) => bit / 8);
      structs.set(known, { fields, size: [x.size, y.size], offsets: [offsets(x), offsets(y)], bitfields });
      return `=${known}`;
    }
    default: throw new Error(`${path}: ${x.kind}`);
  }
}

/** A struct with bit fields is bytes, where both widths have it alike. */
function wholeBytes(a, ida, b, idb, path) {
  if (!flat(a, ida, b, idb)) throw new Error(`${path}: bit fields`);
  return { bits: `bytes*${a.bare(ida).size}@${alignOf(a, ida)}` };
}

function alignOf(btf, id) {
  const type = btf.bare(id);
  if (type.kind === 'array') return alignOf(btf, type.to);
  if (type.members) return type.members.reduce((most, { to }) => Math.max(most, alignOf(btf, to)), 1);
  return type.kind === 'pointer' ? btf.width : type.kind === 'enum' ? 4 : type.size;
}

/** True when both widths have the same bytes in the same places, and no addresses. */
function flat(a, ida, b, idb) {
  const x = a.bare(ida), y = b.bare(idb);
  if (x.kind !== y.kind || x.kind === 'pointer' || x.kind === 'proto' || x.kind === 'void') return false;
  if (x.kind === 'array') return x.length === y.length && flat(a, x.to, b, y.to);
  if (x.size !== y.size) return false;
  return !x.members || x.members.every((m, i) => m.bit === y.members[i].bit && flat(a, m.to, b, y.members[i].to));
}

const sizeOf = (btf, id) => {
  const type = btf.bare(id);
  return type.kind === 'array' ? type.length * sizeOf(btf, type.to) : type.kind === 'pointer' ? btf.width : type.size;
};
/** Whether the natural alignment of C gives the offsets. */
function natural(btf, type) {
  let end = 0, most = 1;
  const up = (n, to) => Math.ceil(n / to) * to;
  for (const { to, bit } of type.members) {
    const align = alignOf(btf, to);
    if (up(end, align) !== bit / 8) return false;
    end = bit / 8 + sizeOf(btf, to);
    most = Math.max(most, align);
  }
  return up(end, most) === type.size;
}
/** Whether the members follow each other without any room. */
function tight(btf, type) {
  let end = 0;
  for (const { to, bit } of type.members) {
    if (bit / 8 !== end) return false;
    end += sizeOf(btf, to);
  }
  return end === type.size;
}

const rows = [];
const failures = [];
const seen = new Set();
const headersOf = (folder) => (existsSync(join(include(8), folder)) ? readdirSync(join(include(8), folder)).filter((name) => name.endsWith('.h')).sort().map((name) => `${folder}/${name}`) : []);
for (const header of [...folders.flatMap(headersOf), ...single]) {
  if (left.test(header) || !/_IO[RWC]*\(|_SIO|DRM_IO/.test(readFileSync(join(include(8), header), 'latin1'))) continue;
  const requests = requestsOf(header).filter(({ name }) => !seen.has(name));
  if (requests.length === 0) continue;
  const narrow = measure(4, header, requests), wide = measure(8, header, requests);
  for (const one of wide) {
    const other = narrow.find(({ name }) => name === one.name);
    if (!other) { failures.push(`${one.name}: only for 64 bits`); continue; }
    seen.add(one.name);
    if (one.type === null) { rows.push([one.name, 'none', '', other.number, one.number]); continue; }
    other.btf.width = 4; one.btf.width = 8;
    try { rows.push([one.name, one.way, declare(other.btf, other.id, one.btf, one.id, one.name), other.number, one.number]); } catch (error) { failures.push(`${one.name} (${header}): ${error.message}`); }
  }
}
/** The numbers of the requests that src/syscalls/ioctl-table.ts has by hand, as far as headers define them: 32 bits, 64 bits. */
const handHeaders = [
  'asm/termbits.h', 'asm/ioctls.h', 'linux/sockios.h', 'linux/fs.h', 'linux/kd.h', 'linux/vt.h', 'linux/loop.h', 'linux/cdrom.h', 'linux/hdreg.h', 'linux/fb.h', 'linux/rtc.h', 'linux/random.h', 'linux/if_tun.h',
  'linux/perf_event.h', 'linux/uinput.h', 'linux/mtio.h', 'linux/watchdog.h', 'linux/i2c-dev.h', 'scsi/sg.h', 'linux/msdos_fs.h', 'linux/nsfs.h', 'linux/fiemap.h', 'linux/videodev2.h', 'sound/asound.h',
  'linux/ppp-ioctl.h', 'linux/btrfs.h', 'linux/ptp_clock.h', 'linux/blkpg.h', 'linux/fscrypt.h', 'linux/fuse.h', 'linux/spi/spidev.h', 'drm/drm.h', 'linux/inotify.h',
];
const table = readFileSync(new URL('../src/syscalls/ioctl-table.ts', import.meta.url), 'utf8');
const handNames = [...new Set([...table.matchAll(/\b([A-Z][A-Z0-9]*_?[A-Z0-9_]+)(?=: (?:0x|ioc|\d)|', (?:0x|ioc|WRITE|READ|3,))/g)].map(([, name]) => name))];
const hand = {};
for (const [index, width] of [[0, 4], [1, 8]]) {
  const source = `${before}#include <sound/asound.h>\n${handHeaders.filter((header) => existsSync(join(include(width), header))).map((header) => `#include <${header}>\n`).join('')}`;
  const defined = new Set([...run(`${widths[width]}-gcc`, ['-E', '-dM', '-'], source).matchAll(/^#define (\w+) /gm)].map(([, name]) => name));
  const names = handNames.filter((name) => defined.has(name));
  const object = join(work, 'a.o'), raw = join(work, 'raw');
  run(`${widths[width]}-gcc`, ['-w', '-fno-toplevel-reorder', '-x', 'c', '-c', '-o', object, '-'], `${source}const unsigned int n[] __attribute__((section(".numbers"), used)) = { ${names.join(', ')} };\n`);
  run(`${widths[width]}-objcopy`, ['-O', 'binary', '-j', '.numbers', '--set-section-flags', '.numbers=alloc', object, raw]);
  const bytes = readFileSync(raw);
  names.forEach((name, i) => { (hand[name] ??= [0, 0])[index] = bytes.readUInt32LE(i * 4); });
}
rmSync(work, { recursive: true });

const hex = (n) => n.toString(16);
const typeText = (type) => (typeof type === 'string' ? type : JSON.stringify(type));
const requestLines = rows.map(([name, way, type, narrow, wide]) => `${name} ${hex(wide)} ${narrow === wide ? '-' : hex(narrow)} ${way} ${typeText(type)}`.trimEnd()).sort();
const structLines = [...structs].map(([name, { fields }]) => `${name} ${JSON.stringify(fields)}`).sort();
writeFileSync(new URL('../src/syscalls/ioctl-catalogue.ts', import.meta.url), `// Written by scripts/ioctl-catalogue.mjs from the kernel's headers; src/syscalls/ioctl-types.ts reads it.
/** One request a line: name, number for 64 bits and, where another, for 32, the way of its argument, and the argument's type. */
export const requestLines = \`
${requestLines.join('\n')}
\`;
/** One struct a line: name and fields. */
export const structLines = \`
${structLines.join('\n')}
\`;
`);
writeFileSync(new URL('../src/syscalls/ioctl-layouts.json', import.meta.url), `{ "numbers": {\n${Object.entries(hand).map(([name, numbers]) => `"${name}": ${JSON.stringify(numbers)}`).sort().join(',\n')}\n}, "structs": {\n${[...structs].map(([name, { size, offsets }]) => `"${name}": ${JSON.stringify({ size, offsets })}`).sort().join(',\n')}\n} }\n`);
console.log(`${rows.length} requests, ${structs.size} structs; ${Object.keys(hand).length} of ${handNames.length} rows by hand are in headers, not ${handNames.filter((name) => !(name in hand)).join(' ')}`);
for (const text of failures) console.log(text);
