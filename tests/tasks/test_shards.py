"""Shards by time."""

from tasks.shards import Sharder
from vilomem_core.settings.tree import EngineSettings


def _cut_all(sharder, keys_a_second=0):
    shards = []
    while shard := sharder.cut():
        shards.append(shard)
        if keys_a_second:
            sharder.done(len(shard.keys))
    return shards


def test_every_key_is_in_one_shard_and_in_order():
    keys = tuple(map(str, range(1003)))
    for engine in (EngineSettings(), EngineSettings(shard_size=7), EngineSettings(in_flight=1)):
        shards = _cut_all(Sharder(keys, engine, 4))
        assert tuple(key for shard in shards for key in shard.keys) == keys
        assert [shard.number for shard in shards] == list(range(len(shards)))


def test_shards_begin_with_what_an_actor_has_under_way_and_grow_with_speed_up_to_the_limit():
    sharder = Sharder(range(100_000), EngineSettings(in_flight=16, shard_size=300, shard_seconds=10.0), 2)
    assert len(sharder.cut().keys) == 16
    sharder.done(10_000)  # within a moment
    assert len(sharder.cut().keys) == 300


def test_the_last_shards_are_small_so_that_all_workers_end_together():
    sharder = Sharder(range(640), EngineSettings(shard_size=512, shard_seconds=1e9), 4)
    sharder.done(1)
    sizes = [len(shard.keys) for shard in _cut_all(sharder)]
    assert sizes[0] == 160 and sizes == sorted(sizes, reverse=True) and sizes[-2] == 8
