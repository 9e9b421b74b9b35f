// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>What is asked of a structure; two wrappers of one objective are equal.</summary>
    public abstract class OptimizationObjective : SerializableObject
    {
        private readonly PlanSetup _plan;
        private readonly ObjectiveState _state;

        internal OptimizationObjective(PlanSetup plan, ObjectiveState state)
        {
            _plan = plan;
            _state = state;
        }

        internal ObjectiveState State { get { return _state; } }

        internal ObjectiveState Self
        {
            get { _plan.Patients.Session.Guard.Read(_plan.Patients, _state); return _state; }
        }

        /// <summary>Upper, lower or exact (OptimizationObjective.Operator, ESAPI 15.6).</summary>
        public OptimizationObjectiveOperator Operator { get { return Self.Operator; } }

        /// <summary>Priority, not negative (OptimizationObjective.Priority, ESAPI 15.6).</summary>
        public double Priority { get { return Self.Priority; } }

        /// <summary>The structure (OptimizationObjective.Structure, ESAPI 15.6).</summary>
        public Structure Structure { get { return new Structure(_plan.Patients, Self.Structure); } }

        /// <summary>Identifier of the structure (OptimizationObjective.StructureId, ESAPI 15.6).</summary>
        public string StructureId { get { return Self.Structure.Id; } }

        /// <summary>Whether both stand for one objective.</summary>
        public override bool Equals(object obj)
        {
            OptimizationObjective other = obj as OptimizationObjective;
            return !ReferenceEquals(other, null) && ReferenceEquals(_state, other._state);
        }

        /// <summary>Hash of the objective stood for.</summary>
        public override int GetHashCode()
        {
            return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(_state);
        }

        /// <summary>Whether both stand for one objective.</summary>
        public static bool operator ==(OptimizationObjective x, OptimizationObjective y)
        {
            return ReferenceEquals(x, null) ? ReferenceEquals(y, null) : x.Equals(y);
        }

        /// <summary>Whether they stand for different objectives.</summary>
        public static bool operator !=(OptimizationObjective x, OptimizationObjective y)
        {
            return !(x == y);
        }

        /// <summary>The dose in the system's unit, Gy or cGy, of all fractions.</summary>
        internal DoseValue DoseOfAll
        {
            get
            {
                Database database = _plan.Patients.Database;
                return new DoseValue(Self.DoseGy * database.UnitsPerGy, database.DoseUnit);
            }
        }

        internal static OptimizationObjective Of(PlanSetup plan, ObjectiveState state)
        {
            return state.Kind == ObjectiveState.Point ? new OptimizationPointObjective(plan, state)
                : state.Kind == ObjectiveState.Mean ? (OptimizationObjective)new OptimizationMeanDoseObjective(plan, state)
                : new OptimizationEUDObjective(plan, state);
        }
    }

    /// <summary>A point of a histogram that must lie above (upper) or below (lower) it.</summary>
    public class OptimizationPointObjective : OptimizationObjective
    {
        internal OptimizationPointObjective(PlanSetup plan, ObjectiveState state) : base(plan, state)
        {
        }

        /// <summary>Dose of all fractions, the system's unit (OptimizationPointObjective.Dose, ESAPI 15.6).</summary>
        public DoseValue Dose { get { return DoseOfAll; } }

        /// <summary>Per cent of the structure, 0 to 100 (OptimizationPointObjective.Volume, ESAPI 15.6).</summary>
        public double Volume { get { return Self.VolumePercent; } }
    }

    /// <summary>A mean dose that is not to be exceeded.</summary>
    public class OptimizationMeanDoseObjective : OptimizationObjective
    {
        internal OptimizationMeanDoseObjective(PlanSetup plan, ObjectiveState state) : base(plan, state)
        {
        }

        /// <summary>Dose of all fractions, the system's unit (OptimizationMeanDoseObjective.Dose, ESAPI 15.6).</summary>
        public DoseValue Dose { get { return DoseOfAll; } }
    }

    /// <summary>A generalised equivalent uniform dose; kept, but the mock's optimiser refuses it.</summary>
    public class OptimizationEUDObjective : OptimizationObjective
    {
        internal OptimizationEUDObjective(PlanSetup plan, ObjectiveState state) : base(plan, state)
        {
        }

        /// <summary>Dose of all fractions, the system's unit (OptimizationEUDObjective.Dose, ESAPI 15.6).</summary>
        public DoseValue Dose { get { return DoseOfAll; } }

        /// <summary>Exponent of the volume effect (OptimizationEUDObjective.ParameterA, ESAPI 15.6).</summary>
        public double ParameterA { get { return Self.ParameterA; } }
    }
}
