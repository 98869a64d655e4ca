// Reads the types that `gcc -gbtf` leaves in an object file (the kernel's BTF format, little-endian).

const KINDS = ['void', 'int', 'pointer', 'array', 'struct', 'union', 'enum', 'forward', 'typedef', 'volatile', 'const', 'restrict', 'func', 'proto', 'var', 'datasec', 'float', 'tag', 'typetag', 'enum64'];

/** The types of a .BTF section by their number, and of its global variables by name. */
export function readBtf(bytes) {
  const u32 = (at) => bytes.readUInt32LE(at);
  const header = u32(4), types = header + u32(8), end = types + u32(12), strings = header + u32(16);
  const text = (offset) => bytes.toString('latin1', strings + offset, bytes.indexOf(0, strings + offset));
  const all = [{ kind: 'void', name: '', size: 0 }];
  const variables = {};
  for (let at = types; at < end;) {
    const name = text(u32(at)), info = u32(at + 4), size = u32(at + 8);
    const kind = KINDS[(info >>> 24) & 0x1f], count = info & 0xffff, flag = info >>> 31;
    at += 12;
    const type = { kind, name, size, to: size };
    if (kind === 'int') { type.signed = (u32(at) >>> 24 & 1) === 1; at += 4; }
    else if (kind === 'array') { type.to = u32(at); type.length = u32(at + 8); at += 12; }
    else if (kind === 'struct' || kind === 'union') {
      type.members = Array.from({ length: count }, (_, i) => {
        const where = u32(at + 12 * i + 8);
        return { name: text(u32(at + 12 * i)), to: u32(at + 12 * i + 4), bit: flag ? where & 0xffffff : where, bits: flag ? where >>> 24 : 0 };
      });
      at += 12 * count;
    } else if (kind === 'enum') at += 8 * count;
    else if (kind === 'enum64') at += 12 * count;
    else if (kind === 'proto') at += 8 * count;
    else if (kind === 'var') { variables[name] = size; at += 4; }
    else if (kind === 'datasec') at += 12 * count;
    else if (kind === 'tag') at += 4;
    all.push(type);
  }
  /** A type without the names and qualifiers in front of it. */
  const bare = (id) => (['typedef', 'const', 'volatile', 'restrict', 'typetag'].includes(all[id].kind) ? bare(all[id].to) : all[id]);
  return { all, variables, bare };
}
