"""Slips made by machine: all functions that differ from a right one in a single place, as a hurried learner's might.

`slips` changes the syntax tree of the right one, once in each way that the tables and rules below know, and gives the text of
what came of it. A rule is a function that takes a node and gives what may stand in its place.
"""
import ast
from itertools import permutations

OPERATORS = [(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult),
             (ast.BitAnd, ast.BitOr, ast.BitXor), (ast.And, ast.Or), (ast.Is, ast.IsNot),
             (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)]
# np.empty is not among them: what it holds is chance. Where an array is overwritten throughout it is as right as ones, and
# where it is not, ones is wrong as well.
NAMES = [("sum", "mean", "prod", "max", "min", "cumsum"), ("argmax", "argmin", "argsort", "max"), ("any", "all"),
         ("exp", "exp2", "expm1"), ("log", "log2", "log10", "log1p"), ("sin", "cos", "tan"), ("sqrt", "cbrt", "square"),
         ("zeros", "ones"), ("eye", "ones", "tri"), ("tri", "ones"), ("tril", "triu"), ("isneginf", "isposinf", "isinf"),
         ("stack", "concatenate", "hstack", "vstack"), ("outer", "inner", "multiply"), ("diag", "sum"), ("mT", "T"),
         ("swapaxes", "moveaxis"), ("matmul", "dot"), ("ndim", "size"), ("len", "sum"), ("append", "extend")]
AXES = ["-1", "-2", "-3", "0", "1", "2", "None"]
MODULES = {"np", "math"}
# What may be done to a result, or to anything on the way to it, that was right as it stood
AFTERTHOUGHTS = [
    "np.asarray({}).astype(int)", "np.asarray({}).astype(np.float16)", "np.asarray({}).astype(np.float32)", "np.round({}, 2)",
    "np.round({}, 4)", "np.abs({})", "np.maximum({}, 0)", "np.nan_to_num({})", "-{}", "~{}", "1 - {}", "2 * {}", "{} + 1",
    "{}[::-1]", "{}[..., ::-1]", "{}[..., ::-1, :]", "{}[0]", "{}[-1]", "{}[None]", "{}[:-1]", "np.squeeze({})",
    "np.atleast_1d({})", "np.atleast_2d({})", "np.asarray({}).T", "np.asarray({}).mT", "np.ravel({})", "np.sort({})",
    "list({})", "float({})", "({},)"]
# And to an argument, before anything else
FORETHOUGHTS = [
    "np.asarray({0}).astype(int)", "np.asarray({0}).astype(np.float16)", "np.round({0}, 2)", "np.round({0}, 4)", "np.abs({0})",
    "np.maximum({0}, 0)", "np.clip({0}, -1e4, 1e4)", "np.nan_to_num({0})", "np.squeeze({0})", "np.atleast_2d({0})",
    "{0}[:len({0})]", "{0}[:2]", "{0}[..., :2]", "{0}[::-1]", "{0}[..., ::-1]", "np.sort({0})", "{0}.T", "{0}.mT", "{0}.copy()",
    "{0} != 0", "~{0}", "-{0}", "2 * {0}", "{0} / 2", "{0} + 1", "{0} - np.max({0})"]


def slips(code):
    """All functions that differ from this one, given as text, in a single place: each once, and not itself. → their texts"""
    tree = ast.parse(code)
    function = tree.body[0]
    names = [argument.arg for argument in function.args.args]
    names += [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    found = {ast.unparse(tree): None}
    for node in list(ast.walk(function)):
        for field, old in ast.iter_fields(node):
            if field in ("args", "defaults") and node in (function, function.args):     # the parameters are the exercise's
                continue
            for new in instead(node, field, old, list(dict.fromkeys(names))):
                setattr(node, field, new)
                found[ast.unparse(tree)] = None
            setattr(node, field, old)
    return list(found)[1:]


def instead(node, field, old, names):
    """What may stand in a field of a node instead of what stands there."""
    if isinstance(old, ast.expr):
        yield from expressions(old, names)
        if isinstance(node, (ast.Return, ast.Assign)) and field == "value" and not bare(old):
            yield from map(old_in(old), AFTERTHOUGHTS)
        if isinstance(node, ast.Return) and isinstance(old, ast.Tuple):
            yield from (ast.Tuple([*old.elts[:i], new, *old.elts[i + 1:]]) for i, result in enumerate(old.elts)
                        if not isinstance(result, ast.Starred) for new in map(old_in(result), AFTERTHOUGHTS))
    elif isinstance(old, list):
        yield from ([*old[:i], new, *old[i + 1:]] for i, entry in enumerate(old) if isinstance(entry, ast.expr)
                    for new in expressions(entry, names))
        if field in ("elts", "args"):
            yield from in_another_order(old)
        if field in ("elts", "args", "keywords") and len(old) > (field == "elts"):
            yield from (old[:i] + old[i + 1:] for i in range(len(old)))
        if field in ("body", "orelse") and old:
            yield from blocks(old)
        if isinstance(node, ast.FunctionDef) and field == "body":
            yield from ([*ast.parse(f"{argument.arg} = {before.format(argument.arg)}").body, *old]
                        for argument in node.args.args for before in FORETHOUGHTS)


def in_another_order(entries):
    """Two or three change places in any way, of more of them two."""
    for order in permutations(range(len(entries))):
        if len(entries) < 4 or sum(i != place for i, place in enumerate(order)) == 2:
            yield [entries[i] for i in order]


def written(text):
    """The node of an expression given as text."""
    return ast.parse(text, mode="eval").body


def old_in(node):
    """A function that puts the node into a text with {} in it."""
    text = ast.unparse(node)
    plain = isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript))
    return lambda form: written(form.format(text if plain or not form.startswith(("{", "-", "~", "1", "2")) else f"({text})"))


def bare(node):
    """Whether it only begins something, such as an empty list or an array of zeros: nothing comes of it yet."""
    return isinstance(node, (ast.List, ast.Constant)) or ast.unparse(node).startswith("np.zeros(")


# Expressions

def expressions(node, names):
    """What may stand in the place of an expression."""
    rule = RULES.get(type(node))
    yield from rule(node, names) if rule else ()


def others(operator):
    """The operators that are taken for this one."""
    return [other() for group in OPERATORS if type(operator) in group for other in group if other is not type(operator)]


def binary(node, names):
    """Another operator, the operands exchanged, one of them alone, other brackets, a divisor that cannot be 0."""
    yield from (ast.BinOp(node.left, operator, node.right) for operator in others(node.op))
    yield from (ast.BinOp(node.right, node.op, node.left), node.left, node.right)
    if isinstance(node.left, ast.BinOp):
        yield ast.BinOp(node.left.left, node.left.op, ast.BinOp(node.left.right, node.op, node.right))
    if isinstance(node.right, ast.BinOp):
        yield ast.BinOp(ast.BinOp(node.left, node.op, node.right.left), node.right.op, node.right.right)
    if isinstance(node.op, ast.Div):
        yield ast.BinOp(node.left, node.op, ast.BinOp(node.right, ast.Add(), ast.Constant(1e-9)))


def unary(node, names):
    """Without the sign."""
    yield node.operand


def comparison(node, names):
    """Another comparison, the two sides exchanged, the contrary."""
    left, (operator,), (right,) = node.left, node.ops, node.comparators
    yield from (ast.Compare(left, [other], [right]) for other in others(operator))
    yield ast.Compare(right, [operator], [left])


def boolean(node, names):
    """And for or, one operand alone, one operand denied."""
    yield from (ast.BoolOp(operator, node.values) for operator in others(node.op))
    for i, value in enumerate(node.values):
        yield value
        yield ast.BoolOp(node.op, [*node.values[:i], ast.UnaryOp(ast.Not(), value), *node.values[i + 1:]])


def either(node, names):
    """The arms exchanged, one arm alone."""
    yield from (ast.IfExp(node.test, node.orelse, node.body), node.body, node.orelse)


def constant(node, names):
    """One more or less, the negative, the double, the contrary; of a text a letter left out, two exchanged or one repeated."""
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield from map(ast.Constant, {value + 1, value - 1, -value, 2 * value, 1 if value == 0 else 0} - {value})
    elif isinstance(value, float):
        yield from map(ast.Constant, (2 * value, value / 2, -value))
    elif isinstance(value, str):
        for i in range(len(value)):
            yield ast.Constant(value[:i] + value[i + 1:])
            for j in range(i):
                yield ast.Constant(value[:j] + value[i] + value[j + 1:i] + value[j] + value[i + 1:])
                yield ast.Constant(value[:i] + value[j] + value[i + 1:])


def name(node, names):
    """Another of the function's names. A name that is written to stays."""
    if isinstance(node.ctx, ast.Load):
        yield from (ast.Name(other, node.ctx) for other in names if other != node.id and node.id in names)
        yield from alike(node.id, lambda other: ast.Name(other, node.ctx))


def alike(word, made):
    """The same with another name of NumPy's that is taken for this one."""
    yield from (made(other) for group in NAMES if word in group for other in group if other != word)


def of_a_module(node):
    """Whether it is a name such as np.exp, which is nothing without its np."""
    return isinstance(node, ast.Attribute) and (isinstance(node.value, ast.Name) and node.value.id in MODULES
                                                or of_a_module(node.value))


def attribute(node, names):
    """Another attribute, or none."""
    yield from alike(node.attr, lambda other: ast.Attribute(node.value, other, node.ctx))
    if not of_a_module(node):
        yield node.value


def call(node, names):
    """Not called at all, with another axis or other axes, whole numbers only, a range that begins late or ends early or late."""
    yield from node.args
    if isinstance(node.func, ast.Attribute) and not of_a_module(node.func):
        yield node.func.value
    for i, keyword in enumerate(node.keywords):
        if keyword.arg == "axis":
            yield from (ast.Call(node.func, node.args, [*node.keywords[:i], ast.keyword("axis", written(axis)),
                                                        *node.keywords[i + 1:]]) for axis in AXES)
    function = ast.unparse(node.func)
    if function.endswith((".sum", ".max", ".argmax", ".any")) and not node.keywords:
        yield from (ast.Call(node.func, node.args, [ast.keyword("axis", written(axis))]) for axis in AXES)
    if function.endswith("swapaxes"):
        yield from (ast.Call(node.func, [written(one), written(other)], []) for one, other in permutations(AXES[:-1], 2))
    if function in ("np.zeros", "np.ones", "np.eye", "np.full", "np.array", "np.arange"):
        yield ast.Call(node.func, node.args, [ast.keyword("dtype", written("int"))])
    if function == "range" and len(node.args) == 1:
        yield from map(written, (form.format(ast.unparse(node.args[0])) for form in (
            "range({} - 1)", "range({} + 1)", "range(1, {})", "range(1, {} + 1)", "range(0, {}, 2)", "range({} // 2)",
            "range(2)")))


def subscript(node, names):
    """Not taken out at all; an index or a bound one more or less."""
    yield node.value
    yield from (ast.Subscript(node.value, new, node.ctx) for new in nearby(node.slice))
    if isinstance(node.slice, ast.Tuple):
        places = node.slice.elts
        yield from (ast.Subscript(node.value, ast.Tuple([*places[:i], new, *places[i + 1:]]), node.ctx)
                    for i, place in enumerate(places) for new in nearby(place))
        for i, place in enumerate(places):
            rest = places[:i] + places[i + 1:]
            yield from (ast.Subscript(node.value, ast.Tuple([*rest[:j], place, *rest[j:]]), node.ctx) for j in range(len(places)))


def nearby(index):
    """An index or a slice that begins or ends elsewhere."""
    if isinstance(index, ast.Slice):
        yield from (ast.Slice(*(None if bound is left_out else bound for bound in (index.lower, index.upper, index.step)))
                    for left_out in (index.lower, index.upper, index.step) if left_out is not None)
        yield from (ast.Slice(lower, index.upper, index.step) for lower in nearby(index.lower))
        yield from (ast.Slice(index.lower, upper, index.step) for upper in nearby(index.upper))
        yield ast.Slice(index.upper, index.lower, index.step)
    elif isinstance(index, (ast.Name, ast.BinOp, ast.Call, ast.Subscript)):
        yield from (ast.BinOp(index, operator, ast.Constant(1)) for operator in (ast.Add(), ast.Sub()))


def starred(node, names):
    """Without the star."""
    yield node.value


RULES = {ast.BinOp: binary, ast.UnaryOp: unary, ast.Compare: comparison, ast.BoolOp: boolean, ast.IfExp: either,
         ast.Constant: constant, ast.Name: name, ast.Attribute: attribute, ast.Call: call, ast.Subscript: subscript,
         ast.Starred: starred}


# Statements

def blocks(block):
    """A block in which a statement is missing, changed, or before its neighbour, or moved into a loop beside it or out of one."""
    for i, statement in enumerate(block):
        before, after = block[:i], block[i + 1:]
        yield before + after or [ast.Pass()]
        yield from ([*before, *new, *after] for new in statements(statement))
        if not after:
            continue
        follower, *rest = after
        yield [*before, follower, statement, *rest]
        if isinstance(statement, ast.For):
            yield [*before, loop(statement, [*statement.body, follower]), *rest]
        if isinstance(follower, ast.For):
            yield [*before, loop(follower, [statement, *follower.body]), *rest]


def statements(statement):
    """What may stand in the place of a statement, each a list of statements."""
    if isinstance(statement, ast.AugAssign):
        target, value = statement.target, statement.value
        yield [ast.Assign([target], value, lineno=0)]
        yield from ([ast.AugAssign(target, operator, value)] for operator in others(statement.op))
    elif isinstance(statement, ast.Assign) and not isinstance(statement.targets[0], ast.Tuple):
        yield [ast.AugAssign(statement.targets[0], ast.Add(), statement.value)]
    elif isinstance(statement, ast.If):
        yield [ast.If(statement.test, statement.orelse or [ast.Pass()], statement.body)]
        yield from filter(None, (statement.body, statement.orelse))
    elif isinstance(statement, ast.For):
        *inner, last = statement.body
        yield [loop(statement, inner or [ast.Pass()]), last]
        yield [loop(statement, statement.body, ast.Call(ast.Name("reversed"), [statement.iter], []))]
        yield statement.body


def loop(like, body, over=None):
    """A loop with another body, or over something else."""
    return ast.For(like.target, over or like.iter, body, [], lineno=0)
