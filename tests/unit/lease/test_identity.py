import pytest

from provider.lease.identity import IdentityError, LeaseID, sharing_key

OLD_PROVIDER = "akash143ypn84kuf379tv9wvcxsmamhj83d5pg2rfc8v"
OLD_OWNER = "akash1eedv523xngwrx7sy7dznmslp9c75qe928477et"
PROVIDER = "akash1nxq8gmsw2vlz3m68qvyvcf3kh6q269ajvqw6y0"


# From public logs of running providers.
@pytest.mark.parametrize(
    ("lease", "namespace"),
    [
        (
            f"akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h/8438017/1/1/{PROVIDER}",
            "5reb3l87s85t50v77sosktvdeeg6pfbnlboigoprqv3d4",
        ),
        (
            f"{OLD_OWNER}/26084/1/1/{OLD_PROVIDER}",
            "2n0eiafgd0jkuhjm5s6mlbktfnjvdde12abarm32vqv7g",
        ),
        (
            f"{OLD_OWNER}/26062/1/1/{OLD_PROVIDER}",
            "3s9v4cj92jc2i8uhhv78nvc70gigoauvolk8prs73cql8",
        ),
    ],
)
def test_namespace_is_derived_from_the_lease(lease, namespace):
    assert LeaseID.parse(lease).namespace == namespace


def test_static_host_is_derived_from_lease_and_service():
    owner = "akash1cduzr54kdle453lzt28nxnf99ed4tue8l97lvy"
    lease = LeaseID(owner, 2914783, 1, 1, PROVIDER)

    assert lease.static_host("web") == "t6pi8llrvl8rf1d57ks8u1goh8"
    assert lease.static_host("api") != lease.static_host("web")


def test_every_part_of_the_lease_changes_its_namespace():
    leases = [
        LeaseID("a", 1, 1, 1, "p"),
        LeaseID("b", 1, 1, 1, "p"),
        LeaseID("a", 2, 1, 1, "p"),
        LeaseID("a", 1, 2, 1, "p"),
        LeaseID("a", 1, 1, 2, "p"),
        LeaseID("a", 1, 1, 1, "q"),
    ]

    assert len({lease.namespace for lease in leases}) == len(leases)
    assert {len(lease.namespace) for lease in leases} == {45}


def test_string_form_is_read_back():
    lease = LeaseID("akash1owner", 2**64 - 1, 1, 2, "akash1provider")

    assert LeaseID.parse(str(lease)) == lease
    assert str(lease) == "akash1owner/18446744073709551615/1/2/akash1provider"


def test_leases_sort_by_their_parts_as_numbers():
    assert LeaseID("a", 9, 1, 1, "p") < LeaseID("a", 10, 1, 1, "p")


@pytest.mark.parametrize(
    "text",
    ["", "a/1/1/1", "a/1/1/1/p/x", "/1/1/1/p", "a/1/1/1/", "a/0/1/1/p", "a/-1/1/1/p", "a/x/1/1/p",
     "a/1/1.0/1/p", "a/1/1/\u0661/p", "a/1/1/\u00b2/p"],
)  # fmt: skip
def test_text_that_is_no_lease_is_refused(text):
    with pytest.raises(IdentityError):
        LeaseID.parse(text)


def test_a_sharing_key_is_derived_from_owner_and_endpoint():
    assert sharing_key("akash1abc", "my-ip-1") == "akash1abc-ip-my-ip-1"
    assert sharing_key("akash1abc", "meYOU") == "akash1abc-ip-ps9pn7rkocct7m9ivtovuktb"
    assert sharing_key("akash1abc", "my_ip") != sharing_key("akash1abc", "my-ip")
    assert sharing_key("akash1abc", "ip\n").isprintable()
