// What is used of elfy, which has no types of its own.
declare module 'elfy' {
  type Header = {
    class: '32' | '64'; endian: 'lsb' | 'msb'; entry: number; phoff: number; phnum: number; phentsize: number; shoff: number; shnum: number;
  };
  type Program = {
    type: string | undefined; offset: number; vaddr: number; filesz: number; memsz: number; align: number;
    flags: { r?: true; w?: true; x?: true };
  };
  class Parser {
    parseHeader(file: Buffer): Header;
    parsePrograms(file: Buffer, header: Header): Program[];
  }
  const elfy: { Parser: typeof Parser };
  export default elfy;
}
