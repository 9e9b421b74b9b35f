// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// How an optimisation went (OptimizerResult, ESAPI 15.6). The figures are those of this project's optimiser and
    /// compare with Eclipse's in nothing (row 53).
    /// </summary>
    public class OptimizerResult : CalculationResult
    {
        private readonly PlanSetup _plan;
        private readonly OptimisationOutcome _outcome;

        internal OptimizerResult(PlanSetup plan, OptimisationOutcome outcome) : base(outcome.Success)
        {
            _plan = plan;
            _outcome = outcome;
        }

        /// <summary>Steps taken.</summary>
        public int NumberOfIMRTOptimizerIterations { get { return _outcome.Iterations; } }

        /// <summary>Value of the objective function at the end; not a number after a failure.</summary>
        public double TotalObjectiveFunctionValue { get { return _outcome.Objective; } }

        /// <summary>Its part of each structure with objectives.</summary>
        public IEnumerable<OptimizerObjectiveValue> StructureObjectiveValues
        {
            get
            {
                return _plan.Self.StructureSet.Structures.Where(s => _outcome.ByStructure.ContainsKey(s.Number))
                    .Select(s => new OptimizerObjectiveValue(new Structure(_plan.Patients, s), _outcome.ByStructure[s.Number]))
                    .ToArray();
            }
        }

        /// <summary>Not in the mock.</summary>
        public IEnumerable<OptimizerDVH> StructureDVHs
        {
            get { throw new NotSupportedException("not in the mock: OptimizerResult.StructureDVHs"); }
        }
    }

    /// <summary>Part of the objective function that belongs to a structure (ESAPI 15.6).</summary>
    public class OptimizerObjectiveValue
    {
        internal OptimizerObjectiveValue(Structure structure, double value)
        {
            Structure = structure;
            Value = value;
        }

        /// <summary>The structure.</summary>
        public Structure Structure { get; private set; }

        /// <summary>The value.</summary>
        public double Value { get; private set; }
    }

    /// <summary>Histogram of an optimiser; the mock makes none.</summary>
    public class OptimizerDVH
    {
        internal OptimizerDVH()
        {
        }

        /// <summary>The structure.</summary>
        public Structure Structure { get { return null; } }

        /// <summary>The curve.</summary>
        public VMS.TPS.Common.Model.Types.DVHPoint[] CurveData { get { return null; } }
    }
}
