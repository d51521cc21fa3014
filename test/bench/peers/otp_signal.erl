%% The life of a signal as gen_statem: the same states and events as signalLifecycle.
-module(otp_signal).
-behaviour(gen_statem).
-export([start/0, callback_mode/0, init/1, handle_event/4, terminate/3]).

start() -> gen_statem:start(?MODULE, [], []).
callback_mode() -> handle_event_function.
init([]) -> {ok, generated, #{reason => null}}.

handle_event(cast, evaluate, generated, D) -> {next_state, evaluating, D};
handle_event(cast, approve, evaluating, D) -> {next_state, approved, D};
handle_event(cast, {block, Reason}, evaluating, D) -> {next_state, blocked, D#{reason := Reason}};
handle_event(cast, execute, approved, D) -> {next_state, ordered, D};
handle_event(cast, lose, ordered, D) -> {next_state, reconciling, D};
handle_event(cast, find, reconciling, D) -> {next_state, ordered, D};
handle_event(cast, fill, ordered, D) -> {next_state, executed, D};
handle_event(cast, learn, executed, D) -> {stop, normal, D};
handle_event(cast, learn, blocked, D) -> {stop, normal, D};
handle_event(cast, expire, generated, D) -> {stop, normal, D};
handle_event({call, From}, sync, _State, D) -> {keep_state, D, [{reply, From, ok}]}.
terminate(_, _, _) -> ok.
