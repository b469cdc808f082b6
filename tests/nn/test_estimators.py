"""The estimators stand wherever one of scikit-learn's stands: what its own checks leave open."""

import pickle

import numpy as np
import pytest
from extras import extra, needs

import nn
from autograd import derive

joblib, pandas, polars = extra("joblib"), extra("pandas"), extra("polars")
base, compose = extra("sklearn.base"), extra("sklearn.compose")
calibration, datasets = extra("sklearn.calibration"), extra("sklearn.datasets")
exceptions, inspection = extra("sklearn.exceptions"), extra("sklearn.inspection")
selection = extra("sklearn.model_selection")
pipeline, preprocessing = extra("sklearn.pipeline"), extra("sklearn.preprocessing")
estimators = extra("nn.estimators")

pytestmark = [needs("sklearn"), pytest.mark.slow]  # it takes a second to import


def classifier(**settings):
    return estimators.MLPClassifier(
        (6,), "tanh", **{"learning_rate_init": 0.03, "max_iter": 40, "random_state": 0} | settings
    )


def regressor(**settings):
    return estimators.MLPRegressor(
        (6,), "tanh", **{"learning_rate_init": 0.03, "max_iter": 40, "random_state": 0} | settings
    )


@pytest.fixture(scope="module")
def iris():
    return datasets.load_iris(return_X_y=True)


def test_attributes(iris):
    network = classifier().fit(*iris)
    assert isinstance(network.model_, nn.MLP)
    assert network.classes_.tolist() == [0, 1, 2]
    assert (network.n_features_in_, network.n_iter_) == (4, 40)
    assert network.loss_curve_ == network.history_["loss"]
    assert network.history_.engine == "replay"
    assert network.score(*iris) > 0.95


def test_the_model_can_be_derived_and_drawn(iris):
    X, y = iris
    model = classifier(max_iter=2).fit(X, y).model_
    row = model.schema.encoded_rows(X[:1])[0]
    loss = nn.cross_entropy_with_logits(model(row), int(y[0]))
    found = derive(loss, model.layers[0].neurons[0].weights[0])
    loss.backward()
    assert found.value == model.layers[0].neurons[0].weights[0].grad
    assert "w_11^1" in nn.draw_network(model).source


def test_it_is_fit_with_the_same_settings(iris):
    X, y = iris
    network = classifier(max_iter=3, batch_size=50, l2=0.01, class_weight={0: 2.0}).fit(X, y)
    random = np.random.RandomState(0)
    model = nn.MLP(4, [6, 3], "tanh", seed=random.randint(2**31 - 1))
    nn.fit(model, X, y, loss="cross_entropy_with_logits", optimizer=nn.Adam(0.03), epochs=3,
           batch_size=50, seed=random.randint(2**31 - 1), standardize=True, l2=0.01,
           class_weight={0: 2.0}, progress=False)  # fmt: skip
    assert [p.data for p in model.parameters()] == [p.data for p in network.model_.parameters()]


def test_scikit_learns_names_of_activations(iris):
    found = [classifier(max_iter=2).set_params(activation=name).fit(*iris) for name in
             ("logistic", "sigmoid")]  # fmt: skip
    assert found[0].loss_curve_ == found[1].loss_curve_


@pytest.mark.parametrize("solver", ["sgd", "adamw", nn.SGD(nn.StepLR(0.1, 10), momentum=0.5)])
def test_solvers(iris, solver):
    network = classifier(solver=solver, learning_rate_init=0.02)
    assert network.fit(*iris).score(*iris) > 0.8
    assert base.clone(network).fit(*iris).loss_curve_ == network.loss_curve_
    if not isinstance(solver, str):
        assert solver.steps == 0  # a copy was used


def test_many_rows_are_predicted_as_few_are(iris):
    X, y = iris
    network, several = classifier(max_iter=3).fit(X, y), np.concatenate([X] * 5)
    found = network.predict_proba(several)
    assert found == pytest.approx(np.concatenate([network.predict_proba(X)] * 5), rel=1e-12)
    own = classifier(max_iter=3).set_params(activation=lambda z: z if z > 0 else 0.1 * z)
    assert own.fit(X, y).predict_proba(several).shape == (750, 3)


def test_an_unknown_solver_is_refused(iris):
    with pytest.raises(ValueError, match="solver is 'adam', 'adamw' or 'sgd', not 'lbfgs'"):
        classifier(solver="lbfgs").fit(*iris)


def test_several_outputs():
    X, _ = datasets.load_diabetes(return_X_y=True)
    pairs = np.column_stack([X[:, 0] + X[:, 1], X[:, 2] * 2.0])
    network = regressor(max_iter=60).fit(X, pairs)
    assert network.predict(X).shape == pairs.shape
    assert network.score(X, pairs) > 0.8


def test_early_stopping_keeps_the_best(iris):
    network = classifier(max_iter=100, early_stopping=True, n_iter_no_change=5).fit(*iris)
    assert network.n_iter_ < 100
    assert "val_accuracy was best" in network.history_.stopped


def test_warm_start_and_partial_fit_go_on(iris):
    X, y = iris
    network = classifier(max_iter=2, warm_start=True, batch_size=None).fit(X, y).fit(X, y)
    once = classifier(max_iter=4, batch_size=None).fit(X, y)
    assert network.optimizer_.steps == network.n_iter_ == 4
    assert network.loss_curve_ == pytest.approx(once.loss_curve_, rel=1e-9)
    network = classifier(batch_size=None)
    for _ in range(4):
        network.partial_fit(X, y)
    assert network.loss_curve_ == pytest.approx(once.loss_curve_, rel=1e-9)


def test_classes_may_come_one_after_another(iris):
    X, y = iris
    network = classifier(standardize=False)
    for _ in range(3):
        for k in range(3):
            network.partial_fit(X[y == k], y[y == k], classes=[0, 1, 2])
    assert set(network.predict(X)) <= {0, 1, 2}
    assert network.predict_proba(X).shape == (150, 3)
    with pytest.raises(ValueError, match="is not what it was at first"):
        network.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="y has the class 7, which is none of"):
        network.partial_fit(X[:1], [7])


def test_in_a_pipeline_with_columns():
    frame = pandas.DataFrame({"kind": list("abab") * 10, "size": np.arange(40.0)})
    y = ["small" if s < 20 else "large" for s in frame["size"]]
    parts = [("k", preprocessing.OneHotEncoder(), ["kind"]), ("s", "passthrough", ["size"])]
    network = pipeline.make_pipeline(compose.ColumnTransformer(parts), classifier()).fit(frame, y)
    assert network.score(frame, y) > 0.8


def test_set_output_and_names_of_columns():
    X, y = datasets.load_iris(return_X_y=True, as_frame=True)
    scaler = preprocessing.StandardScaler().set_output(transform="pandas")
    network = pipeline.make_pipeline(scaler, classifier(max_iter=2))
    last = network.set_output(transform="pandas").fit(X, y)[-1]
    assert last.feature_names_in_.tolist() == list(X.columns) == list(last.model_.schema.columns)


@pytest.mark.parametrize("make", ["pandas", "polars"])
def test_frames(iris, make):
    X, y = iris
    frame = {"pandas": pandas, "polars": polars}[make].DataFrame({c: X[:, k] for k, c in
                                                                  enumerate("abcd")})  # fmt: skip
    network, other = classifier(max_iter=3).fit(frame, y), classifier(max_iter=3).fit(X, y)
    scaler = preprocessing.StandardScaler().fit(frame)
    if hasattr(scaler, "feature_names_in_"):  # 1.6 does not know polars 2
        assert network.feature_names_in_.tolist() == list("abcd")
    assert (network.predict_proba(frame) == other.predict_proba(X)).all()


def test_in_a_search(iris):
    grid = {"hidden_layer_sizes": [(2,), (6,)], "l2": [0.0, 1.0]}
    found = selection.GridSearchCV(classifier(max_iter=15, n_jobs=1), grid, cv=2).fit(*iris)
    assert found.best_params_["l2"] == 0.0
    assert found.best_score_ > 0.8


def test_cross_val_predict(iris):
    X, y = iris
    found = selection.cross_val_predict(classifier(), X, y, cv=3, method="predict_proba")
    assert (found.argmax(axis=1) == y).mean() > 0.8


def test_calibration(iris):
    X, y = iris
    found = calibration.CalibratedClassifierCV(classifier(max_iter=15), cv=2).fit(X, y)
    assert found.predict_proba(X).sum(axis=1) == pytest.approx(np.ones(150))


def test_permutation_importance(iris):
    X, y = iris
    network = classifier().fit(X, y)
    found = inspection.permutation_importance(network, X, y, n_repeats=2, random_state=0)
    assert found.importances_mean[2:].min() > found.importances_mean[:2].max()  # petals tell


def test_partial_dependence(iris):
    X, y = iris
    found = inspection.partial_dependence(classifier().fit(X, y), X, [2], grid_resolution=5)
    assert (np.diff(found["average"][2]) > 0.0).all()  # the third kind has long petals


def test_targets_may_be_transformed():
    X, y = datasets.load_diabetes(return_X_y=True)
    network = compose.TransformedTargetRegressor(regressor(), func=np.log, inverse_func=np.exp)
    assert network.fit(X, y).score(X, y) > 0.4


def test_pickled_it_is_the_same(iris):
    X, y = iris
    network = classifier(max_iter=3).fit(X, y)
    again = pickle.loads(pickle.dumps(network))
    assert (again.predict_proba(X) == network.predict_proba(X)).all()
    again.warm_start = network.warm_start = True
    assert again.fit(X, y).loss_curve_ == network.fit(X, y).loss_curve_


def test_a_clone_knows_nothing(iris):
    network = classifier(l2=0.5, class_weight="balanced").fit(*iris)
    again = base.clone(network)
    assert again.get_params() == network.get_params()
    with pytest.raises(exceptions.NotFittedError):
        again.predict(iris[0])


def test_fits_in_processes_and_threads(iris):
    wanted = classifier(max_iter=3).fit(*iris).loss_curve_
    for backend in ("loky", "threading"):
        with joblib.parallel_config(backend, n_jobs=2):
            fits = joblib.Parallel()(
                joblib.delayed(base.clone(classifier(max_iter=3)).fit)(*iris) for _ in range(2)
            )
        assert [f.loss_curve_ for f in fits] == [wanted, wanted]


def test_the_html_picture(iris):
    before = classifier()
    after = pipeline.make_pipeline(preprocessing.StandardScaler(), classifier(max_iter=2))
    after.fit(*iris)
    assert "MLPClassifier" in before._repr_html_()
    assert "Not fitted" in before._repr_html_()
    picture = after._repr_html_()
    assert "MLPClassifier" in picture
    assert "StandardScaler" in picture
    assert "Not fitted" not in picture
    assert "text/html" in after._repr_mimebundle_()


def test_balanced_classes_are_found():
    X, y = datasets.load_breast_cancer(return_X_y=True)
    few = np.flatnonzero(y == 0)[:15]
    some = np.concatenate([few, np.flatnonzero(y == 1)])
    plain, balanced = [
        classifier(class_weight=w, max_iter=10).fit(X[some], y[some]) for w in (None, "balanced")
    ]
    shares = [network.predict_proba(X[y == 0])[:, 0].mean() for network in (plain, balanced)]
    assert shares[1] > shares[0]
