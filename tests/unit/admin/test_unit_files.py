"""What `install-service` makes of the templates: the paths in use, and nothing else changed."""

from pathlib import Path

import pytest

from feeds.errors import FeedmillError
from worker.admin.unit_files import (
    HEADER,
    UNITS,
    ServicePaths,
    install,
    next_steps,
    service_files,
    templates,
)
from worker.config.loading import parse_config

USUAL = """
[drop]
folder = "/srv/feedmill/drop"
[feeds]
folder = "/srv/feedmill/public"
[store]
path = "/var/lib/feedmill/feedmill.db"
"""
PROGRAM = Path("/opt/feedmill/bin/feedmill")


def places(config: str = USUAL, where: str = "/etc/feedmill/feedmill.toml") -> ServicePaths:
    return ServicePaths.from_config(parse_config(config, Path(where)), PROGRAM)


def made(config: str = USUAL) -> dict[str, str]:
    return service_files(templates(), places(config))


def unit(name: str, config: str = USUAL) -> str:
    return made(config)[f"{UNITS}/{name}"]


def value(text: str, key: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(f"{key}=")]
    return line.partition("=")[2]


def test_with_the_usual_paths_the_units_are_the_shipped_ones() -> None:
    shipped = Path(__file__).parents[3] / "systemd"
    for path, text in made().items():
        if path.startswith(UNITS):
            assert text == HEADER + (shipped / Path(path).name).read_text()


PLAIN = ("Description", "Documentation", "WantedBy", "Also", "Type", "ExecStart")


@pytest.mark.parametrize("name", [name for name in templates() if not name.endswith(".conf")])
def test_each_directive_stands_below_a_reason(name: str) -> None:
    has_reason, bare = False, []
    for line in templates()[name].splitlines():
        if line.startswith(("#", "[")) or not line:
            has_reason = line.startswith("# ")
        elif not has_reason and line.partition("=")[0] not in PLAIN:
            bare.append(line)
    assert bare == []


def folders(config: str) -> list[list[str]]:
    """The lines of tmpfiles.d, in words."""
    lines = made(config)["etc/tmpfiles.d/feedmill.conf"].splitlines()
    return [line.split() for line in lines if line.startswith("d ")]


def test_folders_for_receipts_and_metrics_are_made_too() -> None:
    config = USUAL.replace("[drop]", '[drop]\nreceipts_folder = "/mnt/notes"')
    lines = folders(f'{config}[metrics]\nfile = "/var/lib/node/x.prom"\n')
    for path in ("/mnt/notes", "/var/lib/node"):
        assert ["d", path, ":0755", ":feedmill", ":feedmill", "-"] in lines


@pytest.mark.parametrize(
    ("store", "wanted"),
    [
        ("/var/lib/feedmill/x.db", ["d", "/srv/feedmill", ":0755", ":root", ":root", "-"]),
        ("/srv/feedmill/x.db", ["d", "/srv/feedmill", ":0755", ":feedmill", ":feedmill", "-"]),
    ],
)
def test_a_database_beside_the_feeds_hides_them_from_nobody(store: str, wanted: list[str]) -> None:
    lines = folders(USUAL.replace("/var/lib/feedmill/feedmill.db", store))
    assert [line for line in lines if line[1] == "/srv/feedmill"] == [wanted]


def test_the_hub_s_units_are_there_only_where_there_is_a_hub() -> None:
    assert not [path for path in made() if "ping" in path]
    with_hub = f'{USUAL}[site]\nhub = "https://hub.example.org/"\n'
    assert len([path for path in made(with_hub) if "ping" in path]) == 2
    assert "feedmill-ping.path" in next_steps(places(with_hub))[-1]


def test_the_mirror_s_unit_is_there_only_where_there_is_a_mirror() -> None:
    assert not [text for text in (*made(), *made().values()) if "mirror" in text]
    config = f'{USUAL}[mirror]\nto = "s3://feeds/site"\n'
    text = unit("feedmill-mirror.service", config)
    assert value(text, "ReadWritePaths") == "/var/lib/feedmill/feedmill.db.mirror"
    assert value(text, "LoadCredential") == "bucket:/etc/feedmill/bucket.env"
    assert ["d", "/var/lib/feedmill/feedmill.db.mirror"] in [it[:2] for it in folders(config)]
    assert "feedmill-mirror.service" in next_steps(places(config))[-1]


def test_a_mirror_in_a_home_writes_only_its_own_folder() -> None:
    config = USUAL.replace("/srv/feedmill/public", "/home/ann/public")
    config = config.replace("/var/lib/feedmill/feedmill.db", "/home/ann/x.db")
    text = unit("feedmill-mirror.service", f'{config}[mirror]\nto = "s3://feeds/site"\n')
    assert "BindReadOnlyPaths=/home/ann/public\nBindPaths=/home/ann/x.db.mirror\n" in text


def test_the_worker_may_write_where_it_must_and_nowhere_else() -> None:
    config = """
    [drop]
    folder = "/mnt/in"
    receipts_folder = "/mnt/notes"
    [feeds]
    folder = "/var/www/out"
    [store]
    path = "/data/mill/x.db"
    [metrics]
    file = "/var/lib/node/x.prom"
    """
    text = unit("feedmill.service", config)
    assert value(text, "ReadWritePaths").split() == [
        *("/mnt/in", "/var/www/out", "/mnt/notes", "/var/lib/node", "/data/mill")
    ]
    assert value(text, "RequiresMountsFor").split() == ["/mnt/in", "/var/www/out", "/data/mill"]
    assert "StateDirectory" not in text
    assert "/srv/feedmill" not in "".join(made(config).values())


def test_metrics_in_the_runtime_folder_need_no_further_path() -> None:
    config = f'{USUAL}[metrics]\nfile = "/run/feedmill/feedmill.prom"\n'
    text = unit("feedmill.service", config)
    assert value(text, "ReadWritePaths") == "/srv/feedmill/drop /srv/feedmill/public"


def test_the_web_server_sees_neither_drop_folder_nor_database() -> None:
    assert value(unit("feedmill-web.service"), "InaccessiblePaths").split() == [
        *("-/srv/feedmill/drop", "-/var/lib/feedmill")
    ]
    together = """
    [drop]
    folder = "/srv/m/drop"
    [feeds]
    folder = "/srv/m/out"
    [store]
    path = "/srv/m/x.db"
    """
    text = unit("feedmill-web.service", together)
    # The folder that holds both cannot be hidden: the public folder would be hidden with it.
    assert value(text, "InaccessiblePaths").split() == [
        *("-/srv/m/drop", "-/srv/m/x.db", "-/srv/m/x.db-wal", "-/srv/m/x.db-shm")
    ]


def test_odd_names_are_quoted_as_each_directive_wants() -> None:
    config = """
    [site]
    hub = "https://hub.example.org/"
    [drop]
    folder = "/srv/My 100% in"
    [feeds]
    folder = "/srv/out"
    [store]
    path = "/data x/$mill.db"
    """
    text = unit("feedmill.service", config)
    assert '"/srv/My 100%% in"' in value(text, "ReadWritePaths")
    assert value(unit("feedmill-ping.path", config), "DirectoryNotEmpty") == (
        "/data x/$mill.db.pings"
    )
    ping = unit("feedmill-ping.service", config)
    assert value(ping, "ReadWritePaths") == '"-/data x/$mill.db.pings"'
    where = ServicePaths.from_config(parse_config(config, Path("/etc/a $b/f.toml")), PROGRAM)
    worker = service_files(templates(), where)[f"{UNITS}/feedmill.service"]
    assert '--config "/etc/a $$b/f.toml" run' in value(worker, "ExecStart")


def test_of_a_home_only_what_is_needed_can_be_seen() -> None:
    config = USUAL.replace("/srv/feedmill/drop", "/home/ann/drop")
    text = unit("feedmill.service", config)
    assert "ProtectHome=tmpfs\nBindPaths=/home/ann/drop\n" in text
    assert "ProtectHome=yes" in unit("feedmill-web.service", config)
    public = USUAL.replace("/srv/feedmill/public", "/home/ann/public")
    web = unit("feedmill-web.service", public)
    assert "ProtectHome=tmpfs\nBindReadOnlyPaths=/home/ann/public\n" in web


@pytest.mark.parametrize(
    ("host", "listen"),
    [
        ("127.0.0.1", "127.0.0.1:8123"),
        ("localhost", "127.0.0.1:8123"),
        ("0.0.0.0", "0.0.0.0:8123"),
        ("::1", "[::1]:8123"),
    ],
)
def test_systemd_listens_where_the_configuration_says(host: str, listen: str) -> None:
    text = unit("feedmill-web.socket", f'{USUAL}[serve]\nhost = "{host}"\nport = 8123\n')
    assert value(text, "ListenStream") == listen


def test_what_is_for_this_machine_has_a_socket_that_is_enabled_where_it_is_wanted() -> None:
    config = f'{USUAL}[serve]\nhost = "0.0.0.0"\nport = 80\nlocal_port = 9000\n'
    text = unit("feedmill-web-local.socket", config)
    assert value(text, "ListenStream") == "127.0.0.1:9000"
    assert value(text, "FileDescriptorName") == "local"
    assert value(text, "Service") == "feedmill-web.service"
    assert value(unit("feedmill-web-local.socket", f"{USUAL}[serve]\nport = 0\n"), "ListenStream")
    assert "feedmill-web-local.socket" not in "".join(next_steps(places(config)))
    config += '[metrics]\nserve = "local"\n'
    assert "feedmill-web-local.socket" in "".join(next_steps(places(config)))


def test_a_name_is_no_address_to_listen_at() -> None:
    with pytest.raises(FeedmillError, match="it is a name"):
        unit("feedmill-web.socket", f'{USUAL}[serve]\nhost = "feeds.example.org"\n')


def test_an_interpreter_in_somebody_s_home_can_be_seen_by_each_service() -> None:
    found = ServicePaths.from_config(
        parse_config(USUAL, Path("/etc/feedmill/feedmill.toml")),
        PROGRAM,
        Path("/home/ann/.pyenv/versions/3.11"),
    )
    shown = "ProtectHome=tmpfs\nBindReadOnlyPaths=/home/ann/.pyenv/versions/3.11\n"
    texts = service_files(templates(), found)
    for name in ("feedmill", "feedmill-web", "feedmill-backup"):
        assert shown in texts[f"{UNITS}/{name}.service"], name


@pytest.mark.parametrize(
    ("folder", "said"),
    [("/tmp/in", "/tmp"), ("/srv/a:b", "colon"), ("/srv/a\u2028b", "characters")],
)
def test_places_that_cannot_work_are_refused_with_the_reason(folder: str, said: str) -> None:
    with pytest.raises(FeedmillError, match=said):
        places(USUAL.replace("/srv/feedmill/drop", folder))


def test_without_a_file_of_configuration_there_is_no_service() -> None:
    with pytest.raises(FeedmillError, match="--config"):
        ServicePaths.from_config(parse_config("", None, Path("/x")), PROGRAM)


# Putting them in place


def test_files_go_below_the_root_and_the_second_time_nothing_changes(tmp_path: Path) -> None:
    wanted = made()
    assert len(install(wanted, tmp_path)) == len(wanted)
    assert (tmp_path / UNITS / "feedmill.service").read_text() == wanted[
        f"{UNITS}/feedmill.service"
    ]
    assert install(wanted, tmp_path) == []


def test_our_own_older_files_are_replaced(tmp_path: Path) -> None:
    install({f"{UNITS}/feedmill.service": f"{HEADER}old"}, tmp_path)
    assert tmp_path / UNITS / "feedmill.service" in install(made(), tmp_path)


def test_what_somebody_else_wrote_is_left_alone_and_nothing_is_half_done(tmp_path: Path) -> None:
    target = tmp_path / UNITS / "feedmill-web.socket"
    target.parent.mkdir(parents=True)
    target.write_text("[Socket]\nListenStream=80\n")
    with pytest.raises(FeedmillError, match="somebody else"):
        install(made(), tmp_path)
    assert target.read_text() == "[Socket]\nListenStream=80\n"
    assert list(target.parent.iterdir()) == [target]
