from dataclasses import dataclass
@dataclass
class Out:
    equal: bool|None
    reason: str=""
class Algebra:
    @classmethod
    def shared(cls, s): return cls()
    def equivalent(self,a,b): return Out(None,"stub")
