from tests.live.conftest import runner

__all__ = ["runner"]
