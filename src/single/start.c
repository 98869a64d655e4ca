// Where the kernel enters the single file (docs/binfmt.md). The file is Node with the dynamic linker and all else that Node
// needs as further segments, and names no interpreter: so it starts where there are no files at all, not even /proc.
// This starts the embedded linker on Node's own headers, with arguments of ours, and gives it the libraries it asks for.
//
// Freestanding: no libraries, no writable data. scripts/build.mjs compiles it, src/single/make.ts fills in the rest.

typedef unsigned long word;

struct part { const char *name; const char *bytes; word size; };

// What make.ts puts behind this code.
struct contents {
  word node_entry, node_headers, node_header_count;
  word linker_base, linker_entry;
  word options; const char *option[32];
  word parts; struct part part[];
};
#define CONTENTS ((const struct contents *)TSEMU_CONTENTS)

enum { WRITE = 1, CLOSE = 3, LSEEK = 8, SIGACTION = 13, SIGPROCMASK, FCNTL = 72, MEMFD_CREATE = 319 };
enum { AT_NULL, AT_EXECFD = 2, AT_PHDR, AT_PHENT, AT_PHNUM, AT_BASE = 7, AT_FLAGS, AT_ENTRY, AT_SECURE = 23, AT_SYSINFO_EHDR = 33 };
enum { MFD_CLOEXEC = 1, F_GETFD = 1, ENOENT = 2, LAST_INHERITED = 15, SIGNALS = 32 };

static long call(long number, long a, long b, long c, long d) {
  long result;
  register long fourth __asm__("r10") = d;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
  return result;
}

static int same(const char *a, const char *b) {
  while (*a && *a == *b) { a++; b++; }
  return *a == *b;
}

static const char *last_name(const char *path) {
  const char *name = path;
  for (; *path; path++) if (*path == '/') name = path + 1;
  return name;
}

// What the linker's open(2) is replaced by: it finds the parts of the file, whatever folder it looks in, and nothing else.
__attribute__((used)) long open_part(const char *path) {
  const char *name = last_name(path);
  for (word i = 0; i < CONTENTS->parts; i++) {
    const struct part *part = &CONTENTS->part[i];
    if (!same(name, part->name)) continue;
    long fd = call(MEMFD_CREATE, (long)part->name, MFD_CLOEXEC, 0, 0);
    for (word done = 0; fd >= 0 && done < part->size;) {
      long written = call(WRITE, fd, (long)(part->bytes + done), part->size - done, 0);
      if (written <= 0) { call(CLOSE, fd, 0, 0, 0); return written; }
      done += written;
    }
    if (fd >= 0) call(LSEEK, fd, 0, 0, 0);
    return fd;
  }
  return -ENOENT;
}

static char *put(char *at, word value) {
  char digits[20];
  int n = 0;
  do digits[n++] = '0' + value % 10; while (value /= 10);
  while (n) *at++ = digits[--n];
  *at++ = ' ';
  return at;
}

// As text, for src/single/boot.ts: where the kernel's own arguments are; some of the auxiliary vector, AT_EXECFD counted from 1; signals
// 1 to 32 that are blocked and ignored, as masks; the descriptors from 3 to 15 that are open.
static void put_facts(char *at, const word *initial, const word *aux) {
  word blocked = 0, ignored = 0, execfd = 0, flags = 0, secure = 0, vdso = 0;
  for (; aux[0] != AT_NULL; aux += 2) {
    if (aux[0] == AT_EXECFD) execfd = aux[1] + 1;
    if (aux[0] == AT_FLAGS) flags = aux[1];
    if (aux[0] == AT_SECURE) secure = aux[1];
    if (aux[0] == AT_SYSINFO_EHDR) vdso = aux[1];
  }
  at = put(at, (word)initial);
  at = put(at, execfd);
  at = put(at, flags);
  at = put(at, secure);
  at = put(at, vdso);
  call(SIGPROCMASK, 0, 0, (long)&blocked, 8);
  for (int signal = 1; signal <= SIGNALS; signal++) {
    word action[4] = { 0 };
    if (call(SIGACTION, signal, 0, (long)action, 8) == 0 && action[0] == 1) ignored |= 1ul << (signal - 1);
  }
  at = put(at, blocked & 0xffffffff);
  at = put(at, ignored);
  for (int fd = 3; fd <= LAST_INHERITED; fd++) if (fd + 1l != (long)execfd && call(FCNTL, fd, F_GETFD, 0, 0) >= 0) at = put(at, fd);
  at[-1] = 0;
}

// Writes to `out` what the kernel would have put on the stack for Node: arguments, no environment (the linker and Node would heed
// what is meant for the guest), the auxiliary vector.
__attribute__((used)) word *prepare(const word *initial, word *out, char *facts) {
  word *at = out + 1;
  const char *command = initial[0] ? (const char *)initial[1] : "tsemu";
  *at++ = (word)command;
  for (word i = 0; i < CONTENTS->options; i++) *at++ = (word)CONTENTS->option[i];
  *at++ = (word)last_name(command);
  *at++ = (word)facts;
  *out = at - out - 1;
  *at++ = 0;
  *at++ = 0;
  const word *aux = initial + 1 + initial[0] + 1;
  while (*aux++) continue;
  put_facts(facts, initial, aux);
  for (;; aux += 2) {
    word value = aux[1];
    if (aux[0] == AT_PHDR) value = CONTENTS->node_headers;
    if (aux[0] == AT_PHNUM) value = CONTENTS->node_header_count;
    if (aux[0] == AT_BASE) value = CONTENTS->linker_base;
    if (aux[0] == AT_ENTRY) value = CONTENTS->node_entry;
    *at++ = aux[0];
    *at++ = value;
    if (aux[0] == AT_NULL) break;
  }
  return out;
}

// At the start of the code: two jumps of 8 bytes. `opened` comes from the linker's places of open(2) with the address to go back to
// pushed, below the red zone, and keeps what a system call keeps.
__asm__(
  ".section .text.startup, \"ax\"\n"
  ".globl _start\n"
  "_start: jmp begin\n"
  ".balign 8\n"
  "  jmp opened\n"
  "begin:\n"
  "  mov %rsp, %rdi\n"
  "  lea -4096(%rsp), %rsi\n"
  "  and $-16, %rsi\n"
  "  lea 3072(%rsi), %rdx\n"
  "  mov %rsi, %rsp\n"
  "  call prepare\n"
  "  mov %rax, %rsp\n"
  "  xor %edx, %edx\n"
  "  xor %ebp, %ebp\n"
  "  jmp *TSEMU_CONTENTS + 32\n" // linker_entry
  "opened:\n"
  "  push %rdi\n  push %rsi\n  push %rdx\n  push %r8\n  push %r9\n  push %r10\n  push %rbp\n"
  "  mov %rsp, %rbp\n"
  "  and $-16, %rsp\n"
  "  mov %rsi, %rdi\n"
  "  call open_part\n"
  "  mov %rbp, %rsp\n"
  "  pop %rbp\n  pop %r10\n  pop %r9\n  pop %r8\n  pop %rdx\n  pop %rsi\n  pop %rdi\n"
  "  pop %r11\n"
  "  lea 256(%rsp), %rsp\n"
  "  jmp *%r11\n"
  ".previous\n");
