using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>What is asked of the dose in a structure.</summary>
    internal sealed class ObjectiveState : ObjectState
    {
        internal const string Point = "point";
        internal const string Mean = "mean";
        internal const string Eud = "eud";

        internal string Kind;
        internal StructureState Structure;
        internal OptimizationObjectiveOperator Operator;
        internal double DoseGy;
        /// <summary>Per cent of the structure; of points only.</summary>
        internal double VolumePercent;
        /// <summary>Exponent; of equivalent uniform doses only.</summary>
        internal double ParameterA;
        internal double Priority;
    }

    /// <summary>The normal tissue objective: how dose must fall off outside the targets.</summary>
    internal sealed class NormalTissueState : ObjectState
    {
        internal bool Automatic;
        internal double Priority;
        internal double DistanceMm;
        internal double StartPercent;
        internal double EndPercent;
        internal double FallOff;
    }

    /// <summary>What the optimiser is told of one beam.</summary>
    internal sealed class BeamSmoothingState : ObjectState
    {
        internal BeamState Beam;
        internal double SmoothX;
        internal double SmoothY;
        internal bool FixedJaws;
    }

    /// <summary>Objectives and parameters of a plan's optimisation.</summary>
    internal sealed class OptimisationState
    {
        internal readonly List<ObjectiveState> Objectives = new List<ObjectiveState>();
        internal readonly List<BeamSmoothingState> Beams = new List<BeamSmoothingState>();
        internal NormalTissueState NormalTissue;
        internal bool JawTracking;

        /// <summary>Objectives whose structures are still there.</summary>
        internal IEnumerable<ObjectiveState> Live
        {
            get { return Objectives.Where(o => !o.Structure.Removed); }
        }

        internal bool IsEmpty
        {
            get { return !Live.Any() && Beams.All(b => b.Beam.Removed) && NormalTissue == null && !JawTracking; }
        }

        /// <summary>A copy for a copied plan, whose beams are given in the order of the original's.</summary>
        internal OptimisationState Copy(List<BeamState> from, List<BeamState> to)
        {
            OptimisationState copy = Read(new JsonPart(Write(), "optimisation"), Live.Select(o => o.Structure), from);
            foreach (BeamSmoothingState beam in copy.Beams)
            {
                beam.Beam = to[from.IndexOf(beam.Beam)];
            }
            return copy;
        }

        /// <summary>As it stands in patient.json and in the request of a calculation; structures by number, Gy.</summary>
        internal Dictionary<string, object> Write()
        {
            return new Dictionary<string, object>
            {
                { "objectives", Live.Select(o => (object)new Dictionary<string, object>
                    {
                        { "kind", o.Kind }, { "structure", (double)o.Structure.Number },
                        { "operator", o.Operator.ToString().ToLowerInvariant() }, { "dose_gy", o.DoseGy },
                        { "volume_percent", o.VolumePercent }, { "parameter_a", o.ParameterA }, { "priority", o.Priority }
                    }).ToList() },
                { "normal_tissue", NormalTissue == null ? null : new Dictionary<string, object>
                    {
                        { "automatic", NormalTissue.Automatic }, { "priority", NormalTissue.Priority },
                        { "distance_mm", NormalTissue.DistanceMm }, { "start_percent", NormalTissue.StartPercent },
                        { "end_percent", NormalTissue.EndPercent }, { "fall_off_per_mm", NormalTissue.FallOff }
                    } },
                { "beams", Beams.Where(b => !b.Beam.Removed).Select(b => (object)new Dictionary<string, object>
                    {
                        { "number", (double)b.Beam.Number }, { "smooth_x", b.SmoothX }, { "smooth_y", b.SmoothY },
                        { "fixed_jaws", b.FixedJaws }
                    }).ToList() },
                { "jaw_tracking", JawTracking }
            };
        }

        internal static OptimisationState Read(
            JsonPart part, IEnumerable<StructureState> structures, IEnumerable<BeamState> beams)
        {
            OptimisationState state = new OptimisationState();
            Dictionary<int, StructureState> byNumber = structures.Distinct().ToDictionary(s => s.Number);
            foreach (JsonPart objective in part.Parts("objectives"))
            {
                StructureState structure;
                OptimizationObjectiveOperator sense;
                if (!byNumber.TryGetValue(objective.Whole("structure"), out structure)
                    || !Enum.TryParse(objective.Text("operator"), true, out sense))
                {
                    throw new InvalidDataException("optimisation.objectives must name structures and operators that there are");
                }
                state.Objectives.Add(new ObjectiveState
                {
                    Kind = objective.Text("kind"),
                    Structure = structure,
                    Operator = sense,
                    DoseGy = objective.Number("dose_gy"),
                    VolumePercent = objective.Number("volume_percent"),
                    ParameterA = objective.Number("parameter_a"),
                    Priority = objective.Number("priority")
                });
            }
            foreach (JsonPart beam in part.Parts("beams"))
            {
                int number = beam.Whole("number");
                state.Beams.Add(new BeamSmoothingState
                {
                    Beam = beams.First(b => b.Number == number),
                    SmoothX = beam.Number("smooth_x"),
                    SmoothY = beam.Number("smooth_y"),
                    FixedJaws = beam.Flag("fixed_jaws")
                });
            }
            JsonPart tissue = part.PartOrNull("normal_tissue");
            state.NormalTissue = tissue == null ? null : new NormalTissueState
            {
                Automatic = tissue.Flag("automatic"),
                Priority = tissue.Number("priority"),
                DistanceMm = tissue.Number("distance_mm"),
                StartPercent = tissue.Number("start_percent"),
                EndPercent = tissue.Number("end_percent"),
                FallOff = tissue.Number("fall_off_per_mm")
            };
            state.JawTracking = part.Flag("jaw_tracking");
            return state;
        }
    }
}
