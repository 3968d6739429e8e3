/* SPDX-License-Identifier: GPL-2.0-only */
/* Of the kernel's headers, as much as this small tree needs: declarations to compile with. */
#ifndef _LINUX_TYPES_H
#define _LINUX_TYPES_H

#ifdef __KERNEL__
#define NULL ((void *)0)
#define true 1
#define false 0
#define __user
#define GFP_KERNEL 0
#define EIO 5
#define EFAULT 14
#define EINVAL 22
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - __builtin_offsetof(type, member)))
#define EXPORT_SYMBOL_GPL(name) extern __typeof__(name) name
#define MODULE_LICENSE(text) static const char module_license[] __attribute__((used)) = text
#define module_init(f) int init_module(void) __attribute__((alias(#f)))
#define module_exit(f) void cleanup_module(void) __attribute__((alias(#f)))
#define __init
#define __exit

typedef _Bool bool;
typedef __SIZE_TYPE__ size_t;
typedef long ssize_t;
typedef long long loff_t;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned int __poll_t;
#endif

typedef unsigned short __u16;
typedef unsigned int __u32;

#ifdef __KERNEL__
void *kzalloc(size_t size, unsigned int flags);
void kfree(const void *object);
void *memcpy(void *to, const void *from, size_t size);
char *strncpy(char *to, const char *from, size_t size);
size_t strnlen(const char *text, size_t size);
unsigned long copy_to_user(void __user *to, const void *from, unsigned long size);
#endif

#endif /* _LINUX_TYPES_H */
