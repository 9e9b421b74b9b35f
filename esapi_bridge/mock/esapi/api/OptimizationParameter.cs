using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A setting of the optimisation; two wrappers of one setting are equal.</summary>
    public abstract class OptimizationParameter : SerializableObject
    {
        private readonly PlanSetup _plan;
        private readonly object _state;

        internal OptimizationParameter(PlanSetup plan, object state)
        {
            _plan = plan;
            _state = state;
        }

        internal object State { get { return _state; } }

        internal PlanSetup Plan { get { return _plan; } }

        internal void Reading()
        {
            _plan.Patients.Session.Guard.Read(_plan.Patients, (_state as ObjectState) ?? _plan.State);
        }

        /// <summary>Whether both stand for one setting.</summary>
        public override bool Equals(object obj)
        {
            OptimizationParameter other = obj as OptimizationParameter;
            return !ReferenceEquals(other, null) && GetType() == other.GetType() && ReferenceEquals(_state, other._state);
        }

        /// <summary>Hash of the setting stood for.</summary>
        public override int GetHashCode()
        {
            return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(_state);
        }

        /// <summary>Whether both stand for one setting.</summary>
        public static bool operator ==(OptimizationParameter x, OptimizationParameter y)
        {
            return ReferenceEquals(x, null) ? ReferenceEquals(y, null) : x.Equals(y);
        }

        /// <summary>Whether they stand for different settings.</summary>
        public static bool operator !=(OptimizationParameter x, OptimizationParameter y)
        {
            return !(x == y);
        }
    }

    /// <summary>How dose must fall off outside the targets; at most one (ESAPI 15.6).</summary>
    public class OptimizationNormalTissueParameter : OptimizationParameter
    {
        internal OptimizationNormalTissueParameter(PlanSetup plan, NormalTissueState state) : base(plan, state)
        {
        }

        private NormalTissueState Self { get { Reading(); return (NormalTissueState)State; } }

        /// <summary>Whether it adapts by itself; then only the priority counts.</summary>
        public bool IsAutomatic { get { return Self.Automatic; } }

        /// <summary>Importance among the objectives.</summary>
        public double Priority { get { return Self.Priority; } }

        /// <summary>Where it begins, mm from the target's border.</summary>
        public double DistanceFromTargetBorderInMM { get { return Self.DistanceMm; } }

        /// <summary>Level at the border, per cent of the target's upper objective.</summary>
        public double StartDosePercentage { get { return Self.StartPercent; } }

        /// <summary>Level far away, per cent.</summary>
        public double EndDosePercentage { get { return Self.EndPercent; } }

        /// <summary>Steepness; its unit is not documented, 1/mm assumed.</summary>
        public double FallOff { get { return Self.FallOff; } }
    }

    /// <summary>What the optimiser is told of one beam (ESAPI 15.6).</summary>
    public class OptimizationIMRTBeamParameter : OptimizationParameter
    {
        internal OptimizationIMRTBeamParameter(PlanSetup plan, BeamSmoothingState state) : base(plan, state)
        {
        }

        private BeamSmoothingState Self { get { Reading(); return (BeamSmoothingState)State; } }

        /// <summary>The beam.</summary>
        public Beam Beam { get { return new Beam(Plan.Patients, Plan.Self, Self.Beam); } }

        /// <summary>Identifier of the beam.</summary>
        public string BeamId { get { return Self.Beam.Id; } }

        /// <summary>Whether the beam is left out; there is no way to say so by script.</summary>
        public bool Excluded { get { Reading(); return false; } }

        /// <summary>Whether fluence must lie within the jaws as they stand.</summary>
        public bool FixedJaws { get { return Self.FixedJaws; } }

        /// <summary>Smoothing along X.</summary>
        public double SmoothX { get { return Self.SmoothX; } }

        /// <summary>Smoothing along Y.</summary>
        public double SmoothY { get { return Self.SmoothY; } }
    }

    /// <summary>Exists where OptimizationSetup.UseJawTracking is set (ESAPI 15.6).</summary>
    public class OptimizationJawTrackingUsedParameter : OptimizationParameter
    {
        internal OptimizationJawTrackingUsedParameter(PlanSetup plan) : base(plan, plan.Self.Optimisation)
        {
        }
    }
}
