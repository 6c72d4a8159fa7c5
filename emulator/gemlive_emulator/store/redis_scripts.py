"""What is done inside a Redis or Valkey server, in one step each: nobody comes in between.

The server must not be a cluster: a handle names the history that it stands for, and that may be kept elsewhere there.
"""

CHANGE = """
-- KEYS: entries, head, handles ... ARGV: first, history, head, moment, expires, life, entries ...
local first, length = tonumber(ARGV[1]), redis.call('LLEN', KEYS[1])
if first > length then
    return 'torn'
end
for at = 7, #ARGV do
    local position = first + at - 7
    if position < length then
        redis.call('LSET', KEYS[1], position, ARGV[at])
    else
        redis.call('RPUSH', KEYS[1], ARGV[at])
    end
end
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[6])
for at = 3, #KEYS do
    redis.call('DEL', KEYS[at])
    redis.call('HSET', KEYS[at], 'history', ARGV[2], 'expires', ARGV[5])
    if ARGV[4] == '1' then
        redis.call('HSET', KEYS[at], 'head', ARGV[3])
    end
    redis.call('PEXPIRE', KEYS[at], ARGV[6])
end
return 'written'
"""

FIND = """
-- KEYS: handle. ARGV: how the keys of entries and of heads begin.
local found = redis.call('HMGET', KEYS[1], 'history', 'expires', 'head')
if not found[1] then
    return false
end
local head = found[3] or redis.call('GET', ARGV[2] .. found[1])
if not head then
    return false
end
return {found[2], head, '[' .. table.concat(redis.call('LRANGE', ARGV[1] .. found[1], 0, -1), ',') .. ']'}
"""

TAKE = """
-- KEYS: places. ARGV: now, holder, most, expires, life.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
    return 0
end
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[5]) then
    redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
return 1
"""

SPEND = """
-- KEYS: spent. ARGV: now, amount, until, life.
local until_ = redis.call('HGET', KEYS[1], 'until')
if not until_ or tonumber(until_) <= tonumber(ARGV[1]) then
    if tonumber(ARGV[2]) == 0 then
        return {'0', ARGV[3]}
    end
    until_ = ARGV[3]
    redis.call('HSET', KEYS[1], 'total', '0', 'until', until_)
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return {redis.call('HINCRBYFLOAT', KEYS[1], 'total', ARGV[2]), until_}
"""
