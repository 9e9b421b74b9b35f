using System.Collections.Generic;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Geometry at one moment of a beam.</summary>
    internal sealed class ControlPointState
    {
        internal double MetersetWeight;
        internal double GantryDeg;
        internal double CollimatorDeg;
        internal double CouchDeg;
        internal VRect<double> Jaws;
        internal double[,] Leaves;

        internal ControlPointState Copy()
        {
            ControlPointState copy = (ControlPointState)MemberwiseClone();
            copy.Leaves = Leaves == null ? null : (double[,])Leaves.Clone();
            return copy;
        }
    }

    /// <summary>Lines that a calculation left behind.</summary>
    internal sealed class LogState
    {
        internal string Category;
        internal List<string> Lines;
    }

    /// <summary>A beam.</summary>
    internal sealed class BeamState : ObjectState
    {
        internal readonly List<LogState> Logs = new List<LogState>();
        internal List<ControlPointState> Points = new List<ControlPointState>();
        internal int Number;
        internal string Id;
        internal string Machine;
        internal double EnergyMv;
        internal bool FlatteningFilterFree;
        internal string Technique;
        internal VVector Isocentre;
        internal double SadMm;
        internal double MetersetMu;
        internal double WeightFactor;
        internal int DoseRate;
        internal bool IsSetup;
        internal double[] MlcBoundaries;
        /// <summary>What the MLC of an arc made by script does; null where leaves and technique say it.</summary>
        internal MLCPlanType? MlcType;
        internal Fluence Fluence;
        /// <summary>Whether the fluence has not been turned into leaf motions yet.</summary>
        internal bool LeafMotionsMissing;
        internal DoseState Dose;

        internal bool IsArc
        {
            get { return Technique == "ARC"; }
        }

        internal bool HasMlc
        {
            get { return MlcBoundaries != null || Points.Exists(p => p.Leaves != null); }
        }

        /// <summary>Adds a line to what a kind of calculation left behind.</summary>
        internal void Log(string category, string line)
        {
            LogState log = Logs.Find(l => l.Category == category);
            if (log == null)
            {
                log = new LogState { Category = category, Lines = new List<string>() };
                Logs.Add(log);
            }
            log.Lines.Add(line);
        }

        internal BeamState Copy()
        {
            BeamState copy = new BeamState();
            copy.Points = Points.ConvertAll(p => p.Copy());
            copy.Number = Number;
            copy.Id = Id;
            copy.Machine = Machine;
            copy.EnergyMv = EnergyMv;
            copy.FlatteningFilterFree = FlatteningFilterFree;
            copy.Technique = Technique;
            copy.Isocentre = Isocentre;
            copy.SadMm = SadMm;
            copy.MetersetMu = MetersetMu;
            copy.WeightFactor = WeightFactor;
            copy.DoseRate = DoseRate;
            copy.IsSetup = IsSetup;
            copy.MlcBoundaries = MlcBoundaries;
            copy.MlcType = MlcType;
            copy.Fluence = Fluence;
            copy.LeafMotionsMissing = LeafMotionsMissing;
            copy.Dose = Dose == null ? null : new DoseState(Dose);
            return copy;
        }
    }
}
