%% What the benchmarks ask of OTP: `erl -run otp main WORK N`; prints one number.
-module(otp).
-export([main/1]).

main([Work | Args]) ->
    ok = logger:remove_handler(default),
    ok = logger:set_primary_config(level, none),
    Figure = apply(fun run/2, [list_to_atom(Work), [list_to_integer(A) || A <- Args]]),
    io:format("~w~n", [Figure]),
    halt(0).

%% Casts a CPU second to one gen_statem: lose and find in turn, 1,000 in its mailbox at most, where it is quickest.
run(cast, [N]) -> casts_a_second(N, 1000);
%% The same, all in its mailbox before it is waited for, which comes to what issue 8 saw.
run(cast_at_once, [N]) -> casts_a_second(N, N);
%% Whole lives a CPU second, N at once: create, five steps, end.
run(lives, [N]) ->
    lives(N div 10),
    {_, T} = timed(fun() -> lives(N) end),
    N * 1000 / T;
%% The same, reported as it comes from the box, but to a file.
run(reported_restart, [N]) ->
    ok = logger:set_primary_config(level, notice),
    ok = logger:add_handler(default, logger_std_h, #{config => #{file => "reports.log"}}),
    run(restart, [N]);
%% Median µs from the crash of a supervised worker to the first answer of the next.
run(restart, [N]) ->
    ets:new(kept, [named_table, public]),
    ets:insert(kept, {state, lists:seq(1, 64)}),
    {ok, _} = otp_sup:start_link(),
    Took = lists:sort([restart() || _ <- lists:seq(1, N)]),
    lists:nth(N div 2, Took) / 1000.

casts_a_second(N, Burst) ->
    {ok, Pid} = otp_signal:start(),
    [gen_statem:cast(Pid, E) || E <- [evaluate, approve, execute]],
    casts(Pid, N div 10, Burst),
    {_, T} = timed(fun() -> casts(Pid, N, Burst) end),
    N * 1000 / T.

casts(Pid, N, _) when N =< 0 -> gen_statem:call(Pid, sync, infinity);
casts(Pid, N, Burst) ->
    burst(Pid, min(N, Burst)),
    gen_statem:call(Pid, sync, infinity),
    casts(Pid, N - Burst, Burst).
burst(_, 0) -> ok;
burst(Pid, N) -> gen_statem:cast(Pid, lose), gen_statem:cast(Pid, find), burst(Pid, N - 2).

lives(N) ->
    Signals = maps:from_list([{id(I), element(2, otp_signal:start())} || I <- lists:seq(1, N)]),
    Ids = maps:keys(Signals),
    [[gen_statem:cast(maps:get(Id, Signals), E) || Id <- Ids] || E <- [evaluate, approve, execute, fill]],
    Refs = [{monitor(process, Pid), gen_statem:cast(Pid, learn)} || {_, Pid} <- maps:to_list(Signals)],
    [receive {'DOWN', Ref, _, _, _} -> ok end || {Ref, _} <- Refs],
    ok.
id(I) -> list_to_binary("BTCUSDT_" ++ integer_to_list(1746402300000 + I) ++ "_232e7c0b").

restart() ->
    Began = erlang:monotonic_time(nanosecond),
    gen_server:cast(worker, crash),
    answer(whereis(worker)),
    erlang:monotonic_time(nanosecond) - Began.
answer(Old) ->
    case whereis(worker) of
        undefined -> erlang:yield(), answer(Old);
        Old -> erlang:yield(), answer(Old);
        New -> gen_server:call(New, size)
    end.

timed(F) ->
    erlang:garbage_collect(),
    {B, _} = statistics(runtime),
    R = F(),
    {E, _} = statistics(runtime),
    {R, max(1, E - B)}.
