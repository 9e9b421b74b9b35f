// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// Objectives and parameters of a plan's optimisation (row 52). That doses must have the system's unit and that there
    /// is one normal tissue objective is documented (ESAPI 15.6); what is thrown is assumed.
    /// </summary>
    public class OptimizationSetup : SerializableObject
    {
        private readonly PlanSetup _plan;

        internal OptimizationSetup(PlanSetup plan)
        {
            _plan = plan;
        }

        private OptimisationState Self { get { return _plan.Self.Optimisation; } }

        /// <summary>The objectives (OptimizationSetup.Objectives, ESAPI 15.6).</summary>
        public IEnumerable<OptimizationObjective> Objectives
        {
            get { _plan.Reading(); return Self.Live.Select(o => OptimizationObjective.Of(_plan, o)); }
        }

        /// <summary>
        /// The parameters (OptimizationSetup.Parameters, ESAPI 15.6). Eclipse adds a point cloud for every structure, the
        /// mock none.
        /// </summary>
        public IEnumerable<OptimizationParameter> Parameters
        {
            get
            {
                _plan.Reading();
                List<OptimizationParameter> all = new List<OptimizationParameter>();
                if (Self.NormalTissue != null)
                {
                    all.Add(new OptimizationNormalTissueParameter(_plan, Self.NormalTissue));
                }
                all.AddRange(Self.Beams.Where(b => !b.Beam.Removed)
                    .Select(b => new OptimizationIMRTBeamParameter(_plan, b)));
                if (Self.JawTracking)
                {
                    all.Add(new OptimizationJawTrackingUsedParameter(_plan));
                }
                return all;
            }
        }

        /// <summary>
        /// Whether the jaws of arcs follow the leaves (OptimizationSetup.UseJawTracking, ESAPI 15.6). Kept; the mock's
        /// optimiser says in its log that it does not track.
        /// </summary>
        public bool UseJawTracking
        {
            get { _plan.Reading(); return Self.JawTracking; }
            set { _plan.Writing(); Self.JawTracking = value; _plan.Self.Changed = true; }
        }

        /// <summary>
        /// Adds a point: at most (upper) or at least (lower) so many per cent of the structure shall have so much dose of
        /// all fractions (OptimizationSetup.AddPointObjective, ESAPI 15.6).
        /// </summary>
        public OptimizationPointObjective AddPointObjective(
            Structure structure, OptimizationObjectiveOperator objectiveOperator, DoseValue dose, double volume, double priority)
        {
            Require(objectiveOperator == OptimizationObjectiveOperator.Upper
                || objectiveOperator == OptimizationObjectiveOperator.Lower, "an upper or lower point objective");
            Require(volume >= 0 && volume <= 100, "a volume from 0 to 100 per cent");
            ObjectiveState added = Add(ObjectiveState.Point, structure, objectiveOperator, dose, priority);
            added.VolumePercent = volume;
            return new OptimizationPointObjective(_plan, added);
        }

        /// <summary>Adds a mean dose not to be exceeded (OptimizationSetup.AddMeanDoseObjective, ESAPI 15.6).</summary>
        public OptimizationMeanDoseObjective AddMeanDoseObjective(Structure structure, DoseValue dose, double priority)
        {
            return new OptimizationMeanDoseObjective(
                _plan, Add(ObjectiveState.Mean, structure, OptimizationObjectiveOperator.Upper, dose, priority));
        }

        /// <summary>Adds a gEUD (OptimizationSetup.AddEUDObjective, ESAPI 15.6); kept, not optimised.</summary>
        public OptimizationEUDObjective AddEUDObjective(
            Structure structure, OptimizationObjectiveOperator objectiveOperator, DoseValue dose, double parameterA,
            double priority)
        {
            Require(objectiveOperator != OptimizationObjectiveOperator.None, "an upper, lower or exact objective");
            Require(!double.IsNaN(parameterA) && !double.IsInfinity(parameterA), "a finite parameter a");
            ObjectiveState added = Add(ObjectiveState.Eud, structure, objectiveOperator, dose, priority);
            added.ParameterA = parameterA;
            return new OptimizationEUDObjective(_plan, added);
        }

        /// <summary>
        /// Adds the normal tissue objective or replaces the one there is (OptimizationSetup.AddNormalTissueObjective,
        /// ESAPI 15.6); levels in per cent of the target's upper objective.
        /// </summary>
        public OptimizationNormalTissueParameter AddNormalTissueObjective(
            double priority, double distanceFromTargetBorderInMM, double startDosePercentage, double endDosePercentage,
            double fallOff)
        {
            Require(new[] { distanceFromTargetBorderInMM, startDosePercentage, endDosePercentage, fallOff }
                .All(n => n >= 0 && !double.IsInfinity(n)), "numbers that are not negative");
            return NormalTissue(new NormalTissueState
            {
                Priority = priority,
                DistanceMm = distanceFromTargetBorderInMM,
                StartPercent = startDosePercentage,
                EndPercent = endDosePercentage,
                FallOff = fallOff
            });
        }

        /// <summary>
        /// Adds the automatic normal tissue objective or replaces the one there is
        /// (OptimizationSetup.AddAutomaticNormalTissueObjective, ESAPI 15.6).
        /// </summary>
        public OptimizationNormalTissueParameter AddAutomaticNormalTissueObjective(double priority)
        {
            return NormalTissue(new NormalTissueState { Automatic = true, Priority = priority });
        }

        /// <summary>
        /// Says how smooth a beam's fluence shall be (OptimizationSetup.AddBeamSpecificParameter, ESAPI 15.6). A second
        /// one of a beam replaces the first (assumed).
        /// </summary>
        public OptimizationIMRTBeamParameter AddBeamSpecificParameter(Beam beam, double smoothX, double smoothY, bool fixedJaws)
        {
            _plan.Writing();
            Require(!ReferenceEquals(beam, null) && _plan.Self.TreatmentBeams.Contains(beam.BeamState), "a beam of this plan");
            Require(smoothX >= 0 && smoothY >= 0 && !double.IsInfinity(smoothX + smoothY), "smoothing that is not negative");
            Self.Beams.RemoveAll(b => b.Beam == beam.BeamState);
            BeamSmoothingState added = new BeamSmoothingState
            {
                Beam = beam.BeamState, SmoothX = smoothX, SmoothY = smoothY, FixedJaws = fixedJaws
            };
            Self.Beams.Add(added);
            _plan.Self.Changed = true;
            return new OptimizationIMRTBeamParameter(_plan, added);
        }

        /// <summary>Removes an objective (OptimizationSetup.RemoveObjective, ESAPI 15.6).</summary>
        public void RemoveObjective(OptimizationObjective objective)
        {
            _plan.Writing();
            Require(!ReferenceEquals(objective, null) && Self.Objectives.Remove(objective.State), "an objective of this plan");
            objective.State.Removed = true;
            _plan.Self.Changed = true;
        }

        /// <summary>Removes a parameter (OptimizationSetup.RemoveParameter, ESAPI 15.6).</summary>
        public void RemoveParameter(OptimizationParameter parameter)
        {
            _plan.Writing();
            Require(!ReferenceEquals(parameter, null) && Parameters.Contains(parameter), "a parameter of this plan");
            BeamSmoothingState beam = parameter.State as BeamSmoothingState;
            if (beam != null)
            {
                Self.Beams.Remove(beam);
            }
            else if (parameter is OptimizationNormalTissueParameter)
            {
                Self.NormalTissue = null;
            }
            else
            {
                Self.JawTracking = false;
            }
            ObjectState state = parameter.State as ObjectState;
            if (state != null)
            {
                state.Removed = true;
            }
            _plan.Self.Changed = true;
        }

        private OptimizationNormalTissueParameter NormalTissue(NormalTissueState state)
        {
            _plan.Writing();
            Require(state.Priority >= 0 && !double.IsInfinity(state.Priority), "a priority that is not negative");
            Self.NormalTissue = state;
            _plan.Self.Changed = true;
            return new OptimizationNormalTissueParameter(_plan, state);
        }

        private ObjectiveState Add(
            string kind, Structure structure, OptimizationObjectiveOperator sense, DoseValue dose, double priority)
        {
            _plan.Writing();
            if (ReferenceEquals(structure, null))
            {
                throw new ArgumentNullException("structure");
            }
            Require(_plan.Self.StructureSet.Structures.Contains(structure.StructureState),
                "a structure of the plan's structure set");
            Require(structure.HasSegment, "a structure with contours");
            Database database = _plan.Patients.Database;
            Require(dose.Unit == database.DoseUnit, "a dose in the system's unit " + database.DoseUnit);
            Require(dose.Dose >= 0 && !double.IsInfinity(dose.Dose), "a dose that is not negative");
            Require(priority >= 0 && !double.IsInfinity(priority), "a priority that is not negative");
            ObjectiveState added = new ObjectiveState
            {
                Kind = kind,
                Structure = structure.StructureState,
                Operator = sense,
                DoseGy = dose.Dose / database.UnitsPerGy,
                Priority = priority
            };
            Self.Objectives.Add(added);
            _plan.Self.Changed = true;
            return added;
        }

        private static void Require(bool valid, string expected)
        {
            if (!valid)
            {
                throw new ArgumentException("expected " + expected);
            }
        }
    }

    public abstract partial class PlanSetup
    {
        /// <summary>Objectives and parameters of the optimisation (PlanSetup.OptimizationSetup, ESAPI 15.6).</summary>
        public OptimizationSetup OptimizationSetup
        {
            get { Reading(); return new OptimizationSetup(this); }
        }
    }
}
