/* Makes every system call of x86-64 that deploy/seccomp.json does not allow:
 * the compiler gets -DALLOWED=SYS_accept4,... Status 0: each was refused; 1: a
 * call was not refused, whose number is on stderr.
 */
#include <errno.h>
#include <sys/syscall.h>

/* The kernel's own trampolines: they pass any filter, and a program that calls them
 * from elsewhere ends with SIGILL (uretprobe since Linux 6.11, uprobe since 6.18). */
enum { URETPROBE = 335, UPROBE = 336 };

/* runc answers ENOSYS for numbers beyond the largest that a profile knows, so
 * that new calls fail as on an old kernel. */
enum { LARGEST = SYS_epoll_create1 };

static long call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static int is_left_out(long number)
{
    static const short allowed[] = { ALLOWED };
    for (unsigned i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (allowed[i] == number)
            return 1;
    return number == URETPROBE || number == UPROBE;
}

void _start(void)
{
    for (long number = 0; number < 512; number++) {
        if (is_left_out(number))
            continue;
        long result = call(number, -1, -1, -1);
        if (result == -EPERM || (number > LARGEST && result == -ENOSYS))
            continue;
        char digits[] = { '0' + number / 100, '0' + number / 10 % 10, '0' + number % 10, '\n' };
        call(SYS_write, 2, (long)digits, sizeof digits);
        call(SYS_exit_group, 1, 0, 0);
    }
    call(SYS_exit_group, 0, 0, 0);
}
