# Source of the bytes in kvm-proof.ts: as --64 kvm-proof.s -o p.o && ld -Ttext 0 --oformat binary -e 0 -o p.raw p.o
    .code16
    .org 0
start:
    cli
    xorw %ax, %ax
    movw %ax, %es
    movw %ax, %ss
    # page tables at 0x1000 (PML4), 0x2000 (PDPT), 0x3000 (PD: one 2 MiB page)
    movw $0x1000, %di
    movw $0x1800, %cx
    cld
    rep stosw
    movw $0x2003, %es:0x1000
    movw $0x3003, %es:0x2000
    movw $0x0083, %es:0x3000
    lgdtl %cs:gdtr
    movl %cr4, %eax
    orl $0x20, %eax
    movl %eax, %cr4
    movl $0x1000, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    rdmsr
    orl $0x100, %eax
    wrmsr
    movl %cr0, %eax
    orl $0x80000001, %eax
    movl %eax, %cr0
    ljmpl $8, $(0xf0000 + long)
    .code64
long:
    movl $0x8000, %esp
    movw $16, %ax
    movw %ax, %ds
    movw %ax, %ss
    # IDT at 0x4000: vector 6 (#UD) leads to caught
    movl $(0xf0000 + caught), %eax
    movw %ax, 0x4060
    movw $8, 0x4062
    movw $0x8e00, 0x4064
    shrl $16, %eax
    movw %ax, 0x4066
    movq $0, 0x4068
    lidt 0xf0000 + idtr
    # 64 Ki rounds over memory
    movl $0x10000, %ecx
    movl $0x100000, %ebx
    xorl %eax, %eax
again:
    incq (%rbx)
    addq (%rbx), %rax
    addq $8, %rbx
    decl %ecx
    jnz again
    ud2
    jmp bad
caught:
    movl $0xc0000080, %ecx
    rdmsr
    btl $10, %eax
    jnc bad
    movb $0x2a, %al
    jmp out
bad:
    movb $0x15, %al
out:
    movw $0xf4, %dx
    outb %al, %dx
    hlt
    jmp bad
    .align 8
gdt:
    .quad 0
    .quad 0x00209a0000000000
    .quad 0x0000920000000000
gdtr:
    .word 23
    .long 0xf0000 + gdt
idtr:
    .word 0x7f
    .quad 0x4000
