%% A worker with about 1 kB of state in a table that outlives it, as an OTP program keeps what a restart must not lose.
-module(otp_worker).
-behaviour(gen_server).
-export([start_link/0, init/1, handle_call/3, handle_cast/2]).

start_link() -> gen_server:start_link({local, worker}, ?MODULE, [], []).
init([]) -> [{state, State}] = ets:lookup(kept, state), {ok, State}.
handle_call(size, _From, State) -> {reply, length(State), State}.
handle_cast(crash, State) -> {stop, crash, State}.
