#!/usr/bin/env escript
%%! +S 1:1
%% Lives through the scenarios of a file of Erlang terms on OTP's own supervisor, and prints what came of them as JSON.
%% One scheduler (above): the order in which ends are seen is then the order in which they happened.
-module(otp).
-mode(compile).
-behaviour(supervisor).
-export([main/1, init/1, start_worker/4, worker/3, start_tree/2]).

-define(SETTLE_MS, 100).

main([File]) ->
    1 = erlang:system_info(schedulers),
    logger:set_primary_config(level, none),
    {ok, Scenarios} = file:consult(File),
    Runs = [spawn_monitor(fun() -> exit({lived, run(Scenario)}) end) || Scenario <- Scenarios],
    Outcomes = [receive {'DOWN', Ref, process, Pid, {lived, Outcome}} -> Outcome;
                        {'DOWN', Ref, process, Pid, Why} -> io:format(standard_error, "~p~n", [Why]), halt(1)
                end || {Pid, Ref} <- Runs],
    io:format("{\"otp\":~p,\"outcomes\":[~n~s]}~n",
              [erlang:system_info(otp_release), lists:join(",\n", Outcomes)]).

run({Name, Top, Steps}) ->
    process_flag(trap_exit, true),
    Diary = spawn_link(fun() -> diary([], #{}, #{}) end),
    start_tree(Diary, Top),
    timer:sleep(?SETTLE_MS),
    lists:foreach(fun(Step) -> step(Diary, Step), timer:sleep(?SETTLE_MS) end, Steps),
    {Trace, Pids} = call(Diary, read),
    Alive = [Id || {Id, Pid} <- lists:sort(maps:to_list(Pids)), is_process_alive(Pid)],
    io_lib:format("{\"name\":~p,\"trace\":[~s],\"alive\":[~s],\"lives\":~s}",
                  [Name, strings(Trace), strings([atom_to_list(Id) || Id <- Alive]), lists:member(top, Alive)]).

strings(Words) -> lists:join(",", [io_lib:format("~p", [Word]) || Word <- Words]).

step(_, {wait, Ms}) -> timer:sleep(Ms);
step(Diary, stop) -> exit(pid(Diary, top), shutdown);
step(Diary, {exit, Id, Reason}) -> pid(Diary, Id) ! {leave, Reason};
step(Diary, {kill, Id}) -> exit(pid(Diary, Id), kill);
step(Diary, {terminate, Supervisor, Id}) -> supervisor:terminate_child(pid(Diary, Supervisor), Id);
step(Diary, {start, Supervisor, Id}) -> supervisor:restart_child(pid(Diary, Supervisor), Id).

pid(Diary, Id) -> call(Diary, {pid, Id}).

%% Supervisors: {tree, Id, Restart, Strategy, Most, WithinS, Children}.

start_tree(Diary, Tree) -> supervisor:start_link(?MODULE, {Diary, Tree}).

init({Diary, {tree, Id, _, Strategy, Most, WithinS, Children}}) ->
    ok = call(Diary, {up, Id, self()}),
    {ok, {#{strategy => Strategy, intensity => Most, period => WithinS}, [spec(Diary, Child) || Child <- Children]}}.

spec(Diary, {worker, Id, Restart, Shutdown, Stops, StartsFailing}) ->
    #{id => Id, restart => Restart, shutdown => Shutdown,
      start => {?MODULE, start_worker, [Diary, Id, Stops, StartsFailing]}};
spec(Diary, {tree, Id, Restart, _, _, _, _} = Tree) ->
    #{id => Id, restart => Restart, shutdown => infinity, type => supervisor,
      start => {?MODULE, start_tree, [Diary, Tree]}}.

%% Workers.

start_worker(Diary, Id, Stops, StartsFailing) ->
    case lists:member(call(Diary, {birth, Id}), StartsFailing) of
        true -> ok = call(Diary, {failed, Id}), {error, failed};
        false -> proc_lib:start_link(?MODULE, worker, [Diary, Id, Stops])
    end.

worker(Diary, Id, Stops) ->
    process_flag(trap_exit, Stops =/= at_once),
    ok = call(Diary, {up, Id, self()}),
    proc_lib:init_ack({ok, self()}),
    work(Stops).

work(Stops) ->
    receive
        {leave, shutdown_because} -> exit({shutdown, because});
        {leave, Reason} -> exit(Reason);
        {'EXIT', _, _} when Stops =:= never -> work(Stops);
        {'EXIT', _, Reason} -> timer:sleep(Stops), exit(Reason)
    end.

%% The diary: a process of its own, which sees every start and every end.

diary(Trace, Births, Pids) -> %% Pids: the latest of each id.
    receive
        {From, Ref, {birth, Id}} ->
            Birth = maps:get(Id, Births, 0) + 1,
            From ! {Ref, Birth},
            diary(Trace, Births#{Id => Birth}, Pids);
        {From, Ref, {failed, Id}} ->
            From ! {Ref, ok},
            diary([line("fail ~p", [Id]) | Trace], Births, Pids);
        {From, Ref, {up, Id, Pid}} ->
            put(Pid, Id),
            monitor(process, Pid),
            From ! {Ref, ok},
            diary([line("start ~p", [Id]) | Trace], Births, Pids#{Id => Pid});
        {From, Ref, {pid, Id}} ->
            From ! {Ref, maps:get(Id, Pids)},
            diary(Trace, Births, Pids);
        {From, Ref, read} ->
            From ! {Ref, {lists:reverse(Trace), Pids}},
            diary(Trace, Births, Pids);
        {'DOWN', _, process, Pid, Reason} ->
            diary([line("stop ~p ~p", [erase(Pid), class(Reason)]) | Trace], Births, Pids)
    end.

class(normal) -> normal;
class(shutdown) -> shutdown;
class({shutdown, _}) -> shutdown;
class(killed) -> killed;
class(_) -> failed.

line(Format, Words) -> lists:flatten(io_lib:format(Format, Words)).

call(Diary, What) ->
    Ref = make_ref(),
    Diary ! {self(), Ref, What},
    receive {Ref, Answer} -> Answer end.
