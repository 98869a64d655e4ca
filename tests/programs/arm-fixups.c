//> modes: thumb,arm O2 static
//> stdout: ldm 15141312 19181716\nstm ddccbbaa 01ffee00\nldrd 16151413 1a191817\nstrd 89abcdef 01234567\nldm! 14131211 +8\n
// LDM, STM, LDRD and STRD work at any address: what the processor does not do, the kernel does (qemu-arm has SIGBUS).
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static _Alignas(8) unsigned char memory[64];

int main(void) {
  for (int i = 0; i < 64; i++) memory[i] = 16 + i;
  register uint32_t r2 __asm__("r2"), r3 __asm__("r3");
  __asm__ volatile("ldm %2, {r2, r3}" : "=r"(r2), "=r"(r3) : "r"(memory + 2) : "memory");
  printf("ldm %08x %08x\n", (unsigned)r2, (unsigned)r3);
  unsigned char out[16] = {0};
  r2 = 0xddccbbaa;
  r3 = 0x01ffee00;
  __asm__ volatile("stm %2, {%0, %1}" :: "r"(r2), "r"(r3), "r"(out + 1) : "memory");
  uint32_t words[2];
  memcpy(words, out + 1, 8);
  printf("stm %08x %08x\n", (unsigned)words[0], (unsigned)words[1]);
  __asm__ volatile("ldrd r2, r3, [%2]" : "=r"(r2), "=r"(r3) : "r"(memory + 3) : "memory");
  printf("ldrd %08x %08x\n", (unsigned)r2, (unsigned)r3);
  r2 = 0x89abcdef;
  r3 = 0x01234567;
  __asm__ volatile("strd r2, r3, [%2]" :: "r"(r2), "r"(r3), "r"(out + 2) : "memory");
  memcpy(words, out + 2, 8);
  printf("strd %08x %08x\n", (unsigned)words[0], (unsigned)words[1]);
  unsigned char *at = memory + 1;
  __asm__ volatile("ldm %0!, {r2, r3}" : "+r"(at), "=r"(r2), "=r"(r3) :: "memory");
  printf("ldm! %08x %+d\n", (unsigned)r2, (int)(at - memory - 1));
  return 0;
}
