// The only file that touches koffi: what src/host needs from it to get machine code of its own running, after which
// nearly everything goes through that.
import type { HostAddress } from '../address.ts';
import { embedded } from '../single/embedded.ts';

/** What is used of koffi: the addon's own objects, since its package's loader costs more than the addon. */
type Koffi = {
  load(path: string | null): { func(prototype: string): (...args: unknown[]) => unknown; symbol(name: string): bigint };
  proto(result: string, parameters: readonly string[]): object;
  decode(address: bigint, type: object): () => void;
  address(view: ArrayBufferView): bigint;
  view(address: bigint, bytes: number): ArrayBuffer;
};

const binary = `@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`;

/** The addon from where npm puts it: below the bundle's package or beside it. Node's own search for it takes 2 ms more. */
function loadBeside(): Koffi | null {
  if (typeof __dirname !== 'string') return null;
  for (const folder of ['../node_modules', '../..']) {
    const loaded = { exports: {} };
    try {
      process.dlopen(loaded, `${__dirname}/${folder}/${binary}`);
      return loaded.exports as Koffi;
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_DLOPEN_FAILED') throw error;
    }
  }
  return null;
}

function loadKoffi(): Koffi {
  if (embedded) return embedded.koffi as Koffi;
  const beside = loadBeside();
  if (beside) return beside;
  const { createRequire } = process.getBuiltinModule('node:module');
  // There is no __filename when Node runs the sources as modules, as it does in tests and tools.
  const cwd = `${process.cwd()}/tsemu`;
  const require = createRequire(typeof __filename === 'string' ? __filename : process.argv[1] ?? cwd);
  // koffi's package looks for the right binary by trial, which takes longer than all else at start.
  try {
    return require(binary) as Koffi;
  } catch (error) {
    if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    return (typeof __filename === 'string' ? require : createRequire(cwd))('koffi') as Koffi;
  }
}

const koffi = loadKoffi();
const libc = koffi.load(null);
// Without a name: names are the process's, and tests load this module several times into one.
const stub = koffi.proto('void', []);

/** A function that calls the machine code at a host address: no arguments, no result. */
export function callable(address: HostAddress): () => void { return koffi.decode(BigInt(address), stub); }

/** The host address of the first byte of a view. It must be over shared or Wasm memory: other buffers may move or be freed. */
export function addressOf(view: ArrayBufferView): HostAddress { return Number(koffi.address(view)); }

/** Host memory in place, for reading what never goes away. */
export function hostView(address: HostAddress, bytes: number): Uint8Array { return new Uint8Array(koffi.view(BigInt(address), bytes)); }

/** The host address of a symbol of the C library or of node itself. */
export function symbolAddress(name: string): HostAddress { return Number(libc.symbol(name)); }

const mmap = libc.func('int64_t mmap(int64_t address, int64_t length, int protection, int flags, int fd, int64_t offset)');
const memcpy = libc.func('void *memcpy(int64_t to, uint8_t *from, int64_t length)');

/** Maps fresh anonymous memory that can be written and executed; answers its host address. */
export function mapExecutable(bytes: number): HostAddress {
  const address = Number(mmap(0, bytes, 7 /* PROT_READ | PROT_WRITE | PROT_EXEC */, 0x22 /* MAP_PRIVATE | MAP_ANONYMOUS */, -1, 0));
  if (address === -1) throw new Error('the host does not give memory that is both writable and executable');
  return address;
}

/** Copies bytes to a host address. For code pages, and before there are stubs; `writeHost` is the fast way. */
export function poke(address: HostAddress, bytes: Uint8Array): void { memcpy(address, bytes, bytes.length); }

/**
 * The C library's fork without the handlers that libraries have registered for it: libuv's would close descriptors by numbers
 * that are the guest's by now. Null where the library is older than that (glibc 2.34).
 */
export function findFork(): (() => number) | null {
  try { return libc.func('int _Fork()') as () => number; } catch { return null; }
}

type Digest = (data: Uint8Array, length: number, out: Uint8Array) => unknown;
let digest: Digest | null | undefined;

function findDigest(): Digest | null {
  try { return libc.func('void *SHA256(uint8_t *data, int64_t length, uint8_t *out)') as Digest; } catch { return null; }
}

/** SHA-256 by the OpenSSL inside node, whose own module for it takes 28 ms to load. Null where node does not give it away. */
export function sha256(data: Uint8Array): Uint8Array | null {
  digest ??= findDigest();
  if (digest === null) return null;
  const out = new Uint8Array(32);
  digest(data, data.length, out);
  return out;
}
