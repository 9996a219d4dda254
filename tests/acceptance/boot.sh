#!/bin/sh
# boot.sh ROOT CGROUPS: starts systemd on a root folder of its own, cut off from this machine by
# namespaces for mounts, processes, network, names, messages and control groups.
#
# An init system on a machine's own files would empty /tmp and change clocks, sysctls and devices.
# So it is started only after pivot_root, once nothing is in sight but ROOT (which carries a mark)
# and what ROOT/binds names: lines of "SOURCE TARGET", mounted read-only.
set -eu
mark=this-is-a-test-machine

outer() {
    mount -t cgroup2 cgroup2 "$2"
    group="$2/feedmill-test-$$"
    mkdir "$group"
    status=0
    # Whoever is in the group when the namespace is made sees nothing above it.
    sh -c 'echo 0 >"$0/cgroup.procs"; exec "$@"' "$group" \
        unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child \
        --propagation private sh "$0" inner "$1" || status=$?
    find "$group" -depth -type d -exec rmdir {} +
    return "$status"
}

# A part of the new root that shows, and does not change.
show() {
    mount --bind "$1" "$2"
    mount -o remount,bind,ro "$2"
}

inner() {
    root=$1
    test -e "$root/$mark"
    mount --bind "$root" "$root"
    while read -r source target; do show "$source" "$root$target"; done <"$root/binds"
    mount -t proc proc "$root/proc"
    for name in sys sysrq-trigger; do
        if [ -e "$root/proc/$name" ]; then show "$root/proc/$name" "$root/proc/$name"; fi
    done
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    mount -t tmpfs -o mode=755 dev "$root/dev"
    for name in null zero full random urandom tty; do
        touch "$root/dev/$name"
        mount --bind "/dev/$name" "$root/dev/$name"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    mount -t tmpfs shm "$root/dev/shm"
    mount -t tmpfs -o mode=1777 tmp "$root/tmp"
    mount -t tmpfs -o mode=755 run "$root/run"
    mkdir "$root/run/old"
    cd "$root"
    pivot_root . run/old
    cd /
    umount -l /run/old
    rmdir /run/old
    test -e "/$mark"
    # Without the rights to the clock, the kernel's modules and memory, and the power switch.
    exec setpriv \
        --bounding-set -sys_time,-sys_module,-sys_rawio,-sys_boot,-syslog,-wake_alarm,-mknod \
        env -i container=feedmill-test PATH=/usr/sbin:/usr/bin \
        /usr/lib/systemd/systemd --unit=basic.target --log-target=journal --show-status=no
}

if [ "$1" = inner ]; then
    inner "$2"
else
    outer "$1" "$2"
fi
