// What sched.h declares only for those who ask for all of GNU's, which Swift's Glibc does not.
#include <linux/sched.h>

int setns(int descriptor, int kind);
int unshare(int flags);
