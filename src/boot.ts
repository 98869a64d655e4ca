// The file that Node is started with: runs the bundle from the bytecode that the build kept beside it, which takes a tenth
// of the time that reading the source does. V8 checks that the bytecode is for its version, its flags and this source.
import * as fs from 'node:fs';
import { Script } from 'node:vm';

// Programs are WebAssembly that older Nodes do not know. The launcher takes the Node that npm has installed beside it.
const OLDEST_NODE = 26;
if (Number(process.versions.node.split('.', 1)[0]) < OLDEST_NODE) {
  fs.writeSync(2, `tsemu-${process.argv[2]}: needs Node ${OLDEST_NODE}, and this is ${process.versions.node} (${process.execPath})\n  hint: start it by its command, bin/tsemu-${process.argv[2]}, which finds the Node that 'npm install' brings\n`);
  process.exit(126);
}

// node tsemu.cjs GUEST ARGUMENTS... from the launcher, --thread GUEST in a Worker.
const guest = process.argv[process.argv[2] === '--thread' ? 3 : 2];
const source = `${__dirname}/${guest}.cjs`;
const cache = `${__dirname}/${guest}.cache`;

type Bundle = { beforeExit?: (() => void)[] };

function read(path: string): Buffer | undefined {
  try { return fs.readFileSync(path); } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined; // while the build makes it
  }
}

const cachedData = read(cache);
// esbuild writes nothing but ASCII, which needs no decoding.
const text = `(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(source, 'latin1')}\n})`;
const script = new Script(text, { filename: source, ...(cachedData ? { cachedData } : {}) });
const bundle: { exports: Bundle } = { exports: {} };
(script.runInThisContext() as (...args: unknown[]) => void)(bundle.exports, require, bundle, __filename, __dirname);
// The build runs a program to see which functions a start needs: those that ran are in the bytecode.
if (process.env['TSEMU_MAKE_CACHE'] === '1') {
  let kept = false;
  bundle.exports.beforeExit!.push(() => {
    // The child's, where there is one: it knows all that its parent knew, and what a child needs.
    if (!kept && fs.existsSync(cache)) return;
    kept = true;
    const bytes = script.createCachedData();
    const file = fs.openSync(cache, 'w');
    // At a position: by then plain writes to low descriptors are those of node's event loop (src/host/own-fds.ts).
    for (let at = 0; at < bytes.length;) at += fs.writeSync(file, bytes, at, bytes.length - at, at);
    fs.closeSync(file);
  });
}
