from provider.deployment.mailbox import Mailbox
from provider.lease.manifest import Group


def test_the_newest_manifest_wins_and_each_put_tells():
    told = []
    mailbox = Mailbox(lambda: told.append(1))

    mailbox.put(Group("a"))
    mailbox.put(Group("b"))

    assert mailbox.newest.group == Group("b")
    assert len(told) == 2


def test_the_same_manifest_again_is_no_new_wish():
    told = []
    mailbox = Mailbox(lambda: told.append(1))
    first = mailbox.put(Group("a"))

    assert mailbox.put(Group("a")) is first
    assert len(told) == 1


def test_what_the_record_says_never_replaces_a_manifest():
    mailbox = Mailbox(lambda: None)
    mailbox.put(Group("new"))
    mailbox.adopt(Group("old"))

    assert mailbox.newest.group == Group("new")


def test_what_the_record_says_now_replaces_what_it_said_before():
    told = []
    mailbox = Mailbox(lambda: told.append(1))
    old = mailbox.adopt(Group("old"))

    assert mailbox.adopt(Group("old")) is old
    assert len(told) == 1
    assert mailbox.adopt(Group("newer")) is mailbox.newest
    assert (mailbox.newest.group, mailbox.newest.serial) == (Group("newer"), 0)
    assert len(told) == 2


def test_an_adopted_wish_has_serial_zero_and_a_put_one_rises():
    mailbox = Mailbox(lambda: None)
    mailbox.adopt(Group("old"))

    assert mailbox.newest.serial == 0
    assert mailbox.put(Group("new")).serial == 1
