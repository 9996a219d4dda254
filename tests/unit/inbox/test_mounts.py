"""How the drop folder is followed, from the text of mountinfo."""

import pytest

from worker.inbox.mounts import is_remote, mount_of, poll_seconds, watch_mode

MOUNTS = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
31 27 0:40 / /srv rw,relatime shared:1 master:2 - nfs4 server:/export rw,vers=4.2
32 31 8:1 / /srv/fast rw - xfs /dev/sdb rw
33 27 0:41 / /home/ann/my\040drop rw - fuse.sshfs ann@host:/drop rw
34 27 0:42 / /mnt/covered rw - cifs //host/share rw
35 27 8:2 / /mnt/covered rw - btrfs /dev/sdc rw
broken line
36 27 0:43 / /mnt/9 rw - 9p C:\134 rw
"""


@pytest.mark.parametrize(
    ("path", "kind", "number"),
    [
        ("/var/drop", "ext4", 27),
        ("/srv", "nfs4", 31),
        ("/srv/drop", "nfs4", 31),
        ("/srv/faster", "nfs4", 31),
        ("/srv/fast/drop", "xfs", 32),
        ("/home/ann/my drop/sub", "fuse.sshfs", 33),
        ("/mnt/covered/drop", "btrfs", 35),
    ],
)
def test_a_path_lies_on_the_longest_and_last_mount_above_it(
    path: str, kind: str, number: int
) -> None:
    mount = mount_of(path, MOUNTS)
    assert mount is not None
    assert (mount.kind, mount.number) == (kind, number)


def test_the_escapes_of_mountinfo_are_undone() -> None:
    mount = mount_of("/mnt/9", MOUNTS)
    assert mount is not None
    assert mount.source == "C:\\"


REMOTE = """
nfs nfs4 cifs smb3 smbfs fuse fuse.sshfs fuse.glusterfs fuseblk 9p afs ceph glusterfs lustre
vboxsf vmhgfs prl_fs davfs sshfs virtiofs
"""


@pytest.mark.parametrize("kind", REMOTE.split())
def test_network_and_shared_file_systems_are_polled_without_being_asked(kind: str) -> None:
    assert is_remote(kind)
    mode = watch_mode("/drop", "auto", f"1 0 0:1 / / rw - {kind} source rw\n")
    assert mode.mode == "poll"
    assert kind in mode.reason
    assert not mode.trust_leases


@pytest.mark.parametrize(
    "kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "f2fs", "vfat"]
)
def test_local_file_systems_are_watched(kind: str) -> None:
    mode = watch_mode("/drop", "auto", f"1 0 0:1 / / rw - {kind} source rw\n")
    assert (mode.mode, mode.trust_leases) == ("inotify", True)


def test_an_unknown_place_is_polled_and_no_lease_believed() -> None:
    mode = watch_mode("/drop", "auto", "")
    assert (mode.mode, mode.trust_leases) == ("poll", False)


def test_the_configuration_overrules_the_file_system_but_not_what_leases_are_worth() -> None:
    assert watch_mode("/var/drop", "always", MOUNTS).mode == "poll"
    assert watch_mode("/var/drop", "always", MOUNTS).trust_leases
    never = watch_mode("/srv/drop", "never", MOUNTS)
    assert (never.mode, never.trust_leases) == ("inotify", False)
    assert "rescans" in never.reason


def test_polling_takes_a_tenth_of_one_core_at_most() -> None:
    assert poll_seconds(0.001) == 2.0
    assert poll_seconds(0.7) == pytest.approx(7.0)
    assert poll_seconds(100.0) == 60.0
